"""Answers are compressed where that does good and no harm."""

from __future__ import annotations

import gzip

import pytest
from flask.testing import FlaskClient

from tests import factories

GZIP = {"Accept-Encoding": "gzip, deflate, br"}


@pytest.mark.parametrize("address", ["/orders", "/static/panel.css", "/static/panel.js", "/static/icons.svg"])
def test_pages_and_their_files_are_compressed_for_those_who_take_it(staff: FlaskClient, address: str) -> None:
    factories.make_order()
    packed, plain = staff.get(address, headers=GZIP), staff.get(address)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert "Accept-Encoding" in plain.headers["Vary"]
    assert len(packed.data) < len(plain.data) / 2
    if address != "/orders":
        assert gzip.decompress(packed.data) == plain.data


def test_the_length_of_a_page_says_nothing_of_what_is_in_it(staff: FlaskClient) -> None:
    assert len({len(staff.get("/static/icons.svg", headers=GZIP).data) for _ in range(12)}) > 3


@pytest.mark.parametrize("address", ["/orders/export.csv", "/healthz"])
def test_what_is_streamed_or_short_stays_as_it_is(staff: FlaskClient, address: str) -> None:
    assert "Content-Encoding" not in staff.get(address, headers=GZIP).headers


def test_a_file_that_has_not_changed_is_not_sent_again(staff: FlaskClient) -> None:
    tag = staff.get("/static/panel.css", headers=GZIP).headers["ETag"]
    assert tag.startswith("W/")
    assert staff.get("/static/panel.css", headers=GZIP | {"If-None-Match": tag}).status_code == 304
