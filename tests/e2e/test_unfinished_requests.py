"""Requests whose bodies never come, against gunicorn as it is configured: they end, and others are answered."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from connector.tiktok.signing import sign_webhook
from sandbox.stack import ROOT, answers, free_port, wait_for
from tests.support.databases import ENVIRON, Databases

pytestmark = pytest.mark.e2e

#: gunicorn's app with a deadline for bodies that a test can wait for.
HASTY = """
from connector.blueprints import limits
limits.BODY_SECONDS, limits.HURRIED_SECONDS = 1.5, 0.5
from wsgi import app
"""


@pytest.fixture
def port(databases: Databases, tmp_path: Path) -> Iterator[int]:
    """Where one web process with its eight threads listens."""
    (tmp_path / "hasty.py").write_text(HASTY)
    port = free_port()
    environment = {
        **os.environ,
        **ENVIRON,
        "DATABASE_URL": databases.anew("sqlite", "unfinished"),
        "WEB_CONCURRENCY": "1",
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "PYTHONPATH": str(tmp_path),
    }
    gunicorn = str(Path(sys.executable).parent / "gunicorn")
    with (tmp_path / "web.log").open("wb") as output:
        web = subprocess.Popen(
            [gunicorn, "--config", "gunicorn.conf.py", "hasty:app"],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_for("the web process", lambda: answers(f"http://127.0.0.1:{port}/healthz"))
        yield port
    finally:
        web.terminate()
        web.wait(30)


def unfinished(port: int, path: str) -> socket.socket:
    """A connection on which the head of a POST was sent, and nothing of its body."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=20)
    kind = "application/x-www-form-urlencoded"
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\nContent-Length: 1000\r\n\r\n"
    connection.sendall(head.encode())
    return connection


def drip(connection: socket.socket, stop: threading.Event) -> None:
    """A byte now and then, which begins the time-out of a socket anew."""
    try:
        while not stop.wait(0.2):
            connection.sendall(b"x")
    except OSError:  # the server has shut it
        pass


def test_requests_whose_bodies_never_come_stop_neither_webhooks_nor_pages(port: int) -> None:
    body = json.dumps(
        {"type": 1, "tts_notification_id": "1", "shop_id": "2", "timestamp": 1, "data": {"order_id": "3"}}
    ).encode()
    signature = sign_webhook(app_key=ENVIRON["TIKTOK_APP_KEY"], app_secret=ENVIRON["TIKTOK_APP_SECRET"], raw=body)
    url, stop = f"http://127.0.0.1:{port}", threading.Event()
    with ExitStack() as held:
        held.callback(stop.set)
        paths = ["/webhooks/tiktok"] * 6 + ["/login"] * 6  # more than there are threads
        connections = [held.enter_context(unfinished(port, path)) for path in paths]
        threading.Thread(target=drip, args=(connections[-1], stop), daemon=True).start()
        answer = requests.post(f"{url}/webhooks/tiktok", data=body, headers={"Authorization": signature}, timeout=10)
        assert (answer.status_code, answer.json()) == (200, {"stored": False})
        assert requests.get(f"{url}/healthz", timeout=10).ok
        assert requests.get(f"{url}/metrics", timeout=10).ok
        assert {connection.recv(1000)[:12] for connection in connections} == {b""}
