"""Helpers of the contract tests of the sandbox TikTok Shop: the independent client, and a receiver of webhooks."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import attrs
from tiktok_shop_api import TikTokShop

from sandbox.tiktok.server import Server


def client_of(server: Server, **changes: Any) -> TikTokShop:
    """The independent package's client, signed in to the sandbox's default shop."""
    config = server.state.config
    credentials = {
        "app_key": config.app_key,
        "app_secret": config.app_secret,
        "access_token": config.access_token,
        "shop_cipher": config.shop_cipher,
    }
    return TikTokShop(**{**credentials, **changes}, base_url=server.url)


def unknown_fields(value: Any, where: str = "") -> list[str]:
    """The paths of all fields that a model of the package does not know, at any depth."""
    if isinstance(value, list):
        return [path for i, item in enumerate(value) for path in unknown_fields(item, f"{where}[{i}]")]
    if not attrs.has(type(value)):
        return []
    found = [f"{where}.{name}" for name in getattr(value, "additional_properties", {})]
    for attribute in attrs.fields(type(value)):
        if attribute.name != "additional_properties":
            found += unknown_fields(getattr(value, attribute.name), f"{where}.{attribute.name}")
    return found


@dataclass
class Receiver:
    """An HTTP server that keeps every webhook it gets; `answers` are the status codes to give, then 200."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    received: list[tuple[bytes, str]] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def wait_for(self, count: int, timeout: float = 5) -> list[tuple[bytes, str]]:
        """The first `count` webhooks (body, Authorization); fails when they do not come."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.received) >= count, timeout), len(self.received)
            return list(self.received)


@contextmanager
def receiver(*answers: int) -> Iterator[Receiver]:
    kept = Receiver(answers=list(answers))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with kept.changed:
                status = kept.answers.pop(0) if kept.answers else 200
                kept.received.append((body, self.headers["Authorization"]))
                kept.changed.notify_all()
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    kept.url = f"http://127.0.0.1:{server.server_port}/webhooks"
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
