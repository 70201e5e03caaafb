"""A server whose clock is wrong still signs requests that TikTok takes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

import sandbox.tiktok.server
from connector.tiktok import clock_offset
from connector.tiktok.client import TikTokApp, TikTokClient, Tokens
from connector.tiktok.errors import SignatureRejected


@pytest.fixture
def tiktok() -> Iterator[Any]:
    server = sandbox.tiktok.server.serve(port=0)
    yield server
    server.stop()


def client(server: Any, seconds: float, secret: str = "sandbox-app-secret") -> TikTokClient:
    from connector import clock

    app = TikTokApp(
        app_key="sandbox-app-key", app_secret=secret, api_url=server.url, auth_url=server.url, service_id="s"
    )
    tokens = Tokens("TTP_sandbox-access", "TTR_sandbox-refresh", clock.now(), clock.now())
    return TikTokClient(app, "ROW_sandbox", tokens, now=lambda: time.time() + seconds)


@pytest.mark.parametrize("seconds", [600, -600])
def test_ten_minutes_off_is_noticed_and_made_good(tiktok: Any, seconds: float) -> None:
    assert client(tiktok, seconds).search_orders().documents == []
    assert clock_offset.offset(tiktok.url) == pytest.approx(-seconds, abs=3)


def test_a_clock_that_is_put_right_is_noticed_too(tiktok: Any) -> None:
    client(tiktok, 600).search_orders()
    client(tiktok, 0).search_orders()
    assert clock_offset.offset(tiktok.url) == 0


def test_a_wrong_secret_is_not_taken_for_a_wrong_clock(tiktok: Any) -> None:
    with pytest.raises(SignatureRejected):
        client(tiktok, 0, secret="another-secret").search_orders()


def test_a_date_that_cannot_be_read_changes_nothing() -> None:
    assert not clock_offset.learn("http://somewhere", {"Date": "yesterday"})
    assert clock_offset.offset("http://somewhere") == 0
