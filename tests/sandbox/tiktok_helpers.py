"""What the tests of the sandbox TikTok Shop share: a receiver of webhooks that keeps what it gets."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Inbox:
    """What arrived, as parsed JSON; `answers` are the status codes to give first, then `then`."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    then: int = 200
    bodies: list[dict[str, Any]] = field(default_factory=list)
    hold: threading.Event = field(default_factory=threading.Event)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def wait_for(self, count: int, timeout: float = 5) -> list[dict[str, Any]]:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.bodies) >= count, timeout), len(self.bodies)
            return list(self.bodies)


@contextmanager
def inbox(*answers: int, then: int = 200, slow: bool = False) -> Iterator[Inbox]:
    """A receiver; a `slow` one answers only when its `hold` is set."""
    kept = Inbox(answers=list(answers), then=then)
    if not slow:
        kept.hold.set()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            kept.hold.wait(10)
            with kept.changed:
                kept.bodies.append(json.loads(raw))
                status = kept.answers.pop(0) if kept.answers else kept.then
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
    kept.url = f"http://127.0.0.1:{server.server_port}/"
    try:
        yield kept
    finally:
        kept.hold.set()
        server.shutdown()
        server.server_close()
        thread.join()
