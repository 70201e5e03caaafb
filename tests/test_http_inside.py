"""A store's address cannot be used to reach inside, whatever its name says at the moment of the call."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from connector import http


@pytest.fixture
def inside() -> Iterator[Any]:
    """A server on this machine that notes what reaches it."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.seen.append(self.path)  # type: ignore[attr-defined]
            self.send_response(302 if self.path == "/away" else 200)
            self.send_header("Location", "http://169.254.169.254/latest/meta-data")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.seen = []  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.9.9.9",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "::1",
        "::",
        "fe80::1%eth0",
        "fd00::1",
        "ff02::1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
    ],
)
def test_addresses_inside_are_known_as_such(address: str) -> None:
    assert http.leads_inside(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.215.14", "2606:4700::1111", "::ffff:1.1.1.1"])
def test_addresses_of_the_internet_are_let_through(address: str) -> None:
    assert not http.leads_inside(address)


def test_nothing_is_sent_to_a_private_address(inside: Any) -> None:
    url = f"http://127.0.0.1:{inside.server_port}/"
    with pytest.raises(http.CallFailed, match="leads into a private network") as caught:
        http.send(http.new_session(public_only=True), {"method": "GET", "url": url})
    assert caught.value.maybe_done is False
    assert inside.seen == []
    assert http.send(http.new_session(), {"method": "GET", "url": url}).status == 200


def test_a_name_that_changes_between_the_look_and_the_call_is_noticed(
    inside: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: public when it is looked at, private when it is connected to."""
    port = inside.server_port
    answers = iter(["93.184.215.14", "127.0.0.1"])

    def resolve(host: str, *args: Any, **kwargs: Any) -> Any:
        assert host == "shop.example.com"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(http.CallFailed, match="leads into a private network"):
        http.send(http.new_session(public_only=True), {"method": "GET", "url": f"http://shop.example.com:{port}/"})
    assert inside.seen == []


def test_a_name_that_can_be_none_is_not_known() -> None:
    """Python raises a UnicodeError for it, which is no OSError."""
    with pytest.raises(http.CallFailed, match="is not known"):
        http.send(http.new_session(public_only=True), {"method": "GET", "url": f"http://{'x' * 64}.example.com/"})


def test_one_private_address_among_public_ones_is_enough_to_refuse(
    inside: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = inside.server_port
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in ("93.184.215.14", "10.0.0.5")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: found)
    with pytest.raises(http.CallFailed, match="private network"):
        http.send(http.new_session(public_only=True), {"method": "GET", "url": f"http://shop.example.com:{port}/"})


@pytest.mark.parametrize("address", ["http://2130706433", "http://0x7f000001", "http://127.1", "http://localhost"])
def test_other_spellings_of_this_machine_are_no_way_in(address: str, inside: Any) -> None:
    with pytest.raises(http.CallFailed):
        http.send(
            http.new_session(public_only=True), {"method": "GET", "url": f"{address}:{inside.server_port}/"}, deadline=5
        )
    assert inside.seen == []


def test_a_redirect_is_an_answer_and_not_followed(inside: Any) -> None:
    url = f"http://127.0.0.1:{inside.server_port}/away"
    assert http.send(http.new_session(), {"method": "GET", "url": url}).status == 302
    assert inside.seen == ["/away"]
