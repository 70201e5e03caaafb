"""A Redis that signs its certificate itself, as Heroku's do: refused with the reason, or taken where the setting says so."""

from __future__ import annotations

import logging
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from flask import Flask
from redis import Redis

from connector.config import Config
from connector.extensions import queue
from connector.queue import WorkQueue
from tests.test_config import GOOD
from tests.test_http_certificates import Made


def _pass_on(source: socket.socket, to: socket.socket) -> None:
    with suppress(OSError):
        while some := source.recv(65536):
            to.sendall(some)
    with suppress(OSError):
        to.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def address(redis: Redis, tmp_path: Path) -> Iterator[str]:
    """The test's Redis behind TLS."""
    path = queue._redis_url.removeprefix("unix://")
    made = Made("localhost")
    (tmp_path / "own.pem").write_bytes(made.pem + made.key_pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "own.pem")

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with (
                suppress(OSError),
                context.wrap_socket(self.request, server_side=True) as outside,
                socket.socket(socket.AF_UNIX) as inside,
            ):
                inside.connect(path)
                threading.Thread(target=_pass_on, args=(inside, outside), daemon=True).start()
                _pass_on(outside, inside)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield f"rediss://localhost:{server.server_address[1]}/0"
        server.shutdown()


def connected(address: str, **settings: str) -> WorkQueue:
    app = Flask(__name__)
    app.config["CONNECTOR"] = Config.from_environ({**GOOD, "REDIS_URL": address, **settings})
    made = WorkQueue()
    made.init_app(app)
    return made


def test_it_is_refused_and_the_log_says_why(
    address: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(logging.getLogger("connector"), "propagate", True)
    assert not connected(address).wake_order(1, 1)
    assert "CERTIFICATE_VERIFY_FAILED" in caplog.text and "self-signed" in caplog.text


def test_it_is_taken_where_the_setting_says_so(address: str) -> None:
    made = connected(address, REDIS_CHECK_CERTIFICATE="0")
    assert made.wake_order(1, 1)
    assert made.length() == 1
    made.queue.connection.close()
