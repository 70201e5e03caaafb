"""connector.http: a call ends in time whatever the other side does, and what is shown of it is clean.

The servers here are real sockets: a fake at the HTTP edge could not drip.
"""

from __future__ import annotations

import gzip
import json
import logging
import socket
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest
import requests

from connector import http
from connector.domain.errors import TryLater

DEADLINE = 0.6


@contextmanager
def serving(talk: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that lets `talk` speak to every connection, once the request's head has come."""
    listener = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def accept() -> None:
        while not stop.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(connection,), daemon=True).start()

    def answer(connection: socket.socket) -> None:
        with connection:
            try:
                head = connection.recv(65536)
                while head.startswith(b"GET") and b"\r\n\r\n" not in head:
                    head += connection.recv(65536)
                talk(connection)
            except OSError:
                pass

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    finally:
        stop.set()
        listener.shutdown(socket.SHUT_RDWR)  # wakes the accepting thread; closing alone would leave the port open
        listener.close()


def get(url: str, **limits: float) -> http.Response:
    limits.setdefault("deadline", DEADLINE)
    return http.send(http.new_session(), {"method": "GET", "url": url}, **limits)  # type: ignore[arg-type]


def drip(connection: socket.socket, beginning: bytes) -> None:
    connection.sendall(beginning)
    for _ in range(200):
        connection.sendall(b"x")
        time.sleep(0.05)


def failure(talk: Callable[[socket.socket], None], **limits: float) -> tuple[http.CallFailed, float]:
    with serving(talk) as url:
        started = time.monotonic()
        with pytest.raises(http.CallFailed) as caught:
            get(url, **limits)
        return caught.value, time.monotonic() - started


def test_an_answer_of_any_status_is_an_answer() -> None:
    body = b'{"price": 0.10}'
    head = b"HTTP/1.1 503 Busy\r\nContent-Length: %d\r\nRetry-After: 7\r\n\r\n" % len(body)
    with serving(lambda c: c.sendall(head + body)) as url:
        answer = get(url)
    assert (answer.status, answer.headers["retry-after"], answer.content) == (503, "7", body)
    assert answer.json() == {"price": Decimal("0.10")}
    assert 0 < answer.elapsed < DEADLINE


@pytest.mark.parametrize(
    "beginning",
    [
        pytest.param(b"", id="nothing at all but x"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX-Slow: ", id="headers"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", id="body"),
        pytest.param(b"HTTP/1.1 200 OK\r\n\r\n", id="body without a length"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n", id="chunk"),
        pytest.param(b"HTTP/1.1 302 Found\r\nLocation: /else\r\nContent-Length: 1000\r\n\r\n", id="body of a redirect"),
    ],
)
def test_a_dripping_server_cannot_outlast_the_deadline(beginning: bytes) -> None:
    error, seconds = failure(lambda c: drip(c, beginning))
    assert (error.kind, error.code, error.maybe_done) == ("timeout", "timeout", True)
    assert seconds < DEADLINE + 0.4


def test_a_server_that_never_answers_is_a_timeout() -> None:
    error, seconds = failure(lambda c: time.sleep(3))
    assert error.kind == "timeout"
    assert seconds < DEADLINE + 0.4
    assert isinstance(error, TryLater)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nhalf",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nhalf",
    ],
)
def test_a_cut_off_answer_may_have_been_done(answer: bytes) -> None:
    error, _ = failure(lambda c: c.sendall(answer), deadline=5)
    assert (error.kind, error.maybe_done) == ("cut", True)


def test_a_refused_connection_was_certainly_not_done() -> None:
    with serving(lambda c: None) as url:
        pass
    with pytest.raises(http.CallFailed) as caught:
        get(url)
    assert (caught.value.kind, caught.value.code, caught.value.maybe_done) == ("connect", "unreachable", False)


def test_a_failed_call_does_not_carry_the_url_of_the_library_s_error() -> None:
    secret = SECRETS[0]
    with serving(lambda c: c.sendall(b"")) as url, pytest.raises(http.CallFailed) as caught:
        get(f"{url}refresh?app_secret={secret}")
    shown = "".join(traceback.format_exception(caught.value))
    assert secret not in shown + repr(caught.value.exchange)
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
    assert caught.value.exchange is not None
    assert caught.value.exchange.url == f"{url}refresh?app_secret=***"


def test_not_even_a_debug_log_names_the_url(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with serving(lambda c: c.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) as url:
        assert get(f"{url}?app_secret={SECRETS[0]}").status == 200
    assert SECRETS[0] not in caplog.text


def test_tls_that_is_refused_was_certainly_not_done() -> None:
    with serving(lambda c: c.sendall(b"this is no TLS")) as url, pytest.raises(http.CallFailed) as caught:
        get(url.replace("http:", "https:"))
    assert (caught.value.kind, caught.value.maybe_done) == ("tls", False)
    assert "answers there without TLS" in caught.value.message


def test_an_answer_that_is_too_large_is_not_kept() -> None:
    packed = gzip.compress(b"0" * 3_000_000)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    error, _ = failure(lambda c: c.sendall(head + packed), max_bytes=1_000_000, deadline=5)
    assert (error.kind, error.code) == ("too_large", "answer_too_large")


def test_a_redirect_is_not_followed() -> None:
    asked: list[int] = []

    def talk(connection: socket.socket) -> None:
        asked.append(1)
        connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: /else\r\nContent-Length: 2\r\nSet-Cookie: a=b\r\n\r\nno")

    with serving(talk) as url:
        session = http.new_session()
        answer = http.send(session, requests.Request("POST", url, data=b"{}"))
    assert (answer.status, answer.content, len(asked), len(session.cookies)) == (302, b"no", 1, 0)


def test_a_connection_is_used_again_and_outlives_the_deadline_of_the_call_before() -> None:
    connections: list[socket.socket] = []

    def talk(connection: socket.socket) -> None:
        connections.append(connection)
        for _ in range(2):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            connection.recv(65536)

    with serving(talk) as url:
        session = http.new_session()
        http.send(session, {"method": "GET", "url": url}, deadline=0.2)
        time.sleep(0.3)
        assert http.send(session, {"method": "GET", "url": url}).content == b"ok"
    assert len(connections) == 1


# -- what is shown ---------------------------------------------------------------------------------------------------

SECRETS = ["SECRET-TOKEN", "SECRET-SIGN", "Jane", "Doe", "jane@example.com", "Elm Street", "555-0100", "10001"]


def test_an_exchange_shows_no_secret_and_no_person() -> None:
    sent = {
        "order_id": "576",
        "recipient_address": {
            "name": "Jane Doe",
            "region_code": "US",
            "postal_code": "10001",
            "district_info": [{"address_level": "L1", "address_name": "Elm Street"}],
        },
    }
    answered = {
        "items": [{"name": "Red mug", "sku": "MUG-RED"}],
        "billing_address": {
            "firstname": "Jane",
            "street": ["Elm Street 1"],
            "telephone": "555-0100",
            "country_id": "US",
        },
        "message": "No customer jane@example.com",
        "customer_email": "jane@example.com",
    }
    request = requests.Request(
        "POST",
        "https://user:SECRET-TOKEN@shop.test/V1/orders",
        params={"sign": "SECRET-SIGN", "access_token": "SECRET-TOKEN", "filter": "jane@example.com", "page_size": "5"},
        headers={"x-tts-access-token": "SECRET-TOKEN"},
        json=sent,
    ).prepare()
    response = http.Response(
        status=400, headers={}, content=json.dumps(answered).encode(), elapsed=0.25, request=request
    )
    shown = http.exchange_of(request, response)
    for secret in SECRETS:
        assert secret not in repr(shown)
        assert secret not in repr(response)
    for useful in ("576", "US", "page_size=5", "L1", "shop.test/V1/orders"):
        assert useful in shown.url + shown.request_body
    for useful in ("Red mug", "MUG-RED", "No customer"):
        assert useful in shown.response_body
    assert (shown.method, shown.status, shown.seconds) == ("POST", 400, 0.25)


@pytest.mark.parametrize("cut_at", range(20, 170, 7))
def test_a_cut_off_body_shows_no_person_either(cut_at: int) -> None:
    address = {"name": "Jane", "phone_number": "555-0100", "street": ["Elm Street", "Doe"], "email": "x"}
    whole = json.dumps({"recipient_address": address, "access_token": "SECRET-TOKEN", "status": "ON_HOLD"})
    shown = http.redact_body(whole[:cut_at].encode())
    for secret in SECRETS:
        assert secret not in shown


def test_a_long_page_is_shown_in_part() -> None:
    shown = http.redact_body(b"<html>" + b"x" * 100_000)
    assert shown.startswith("<html>xxx")
    assert len(shown) < 5000


def test_headers_are_shown_without_credentials() -> None:
    shown = http.redact_headers({"Authorization": "OAuth SECRET-TOKEN", "Content-Type": "text/html"})
    assert shown == {"Authorization": "***", "Content-Type": "text/html"}


def test_a_thread_keeps_its_session_from_one_call_to_the_next_and_shares_it_with_no_other() -> None:
    import threading

    from connector import http

    kept = http.kept_session()
    assert http.kept_session() is kept
    assert http.kept_session(public_only=True) is not kept
    others: list[object] = []
    thread = threading.Thread(target=lambda: others.append(http.kept_session()))
    thread.start()
    thread.join()
    assert others[0] is not kept


def test_a_head_that_cannot_be_read_writes_no_address_into_a_log(caplog: pytest.LogCaptureFixture) -> None:
    """urllib3 warns of it with the whole address, and TikTok's token server gets the app's secret in its query."""

    def talk(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nno header at all\r\n\r\n{}")

    caplog.set_level(logging.DEBUG)
    with serving(talk) as url:
        get(f"{url}?app_secret=SECRET-APP")
    assert "SECRET-APP" not in caplog.text
