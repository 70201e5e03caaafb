"""The sandbox as a WSGI app, and as a server in the same process or of its own."""

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from flask import Flask
from werkzeug.local import LocalProxy
from werkzeug.serving import make_server

from sandbox.faults import Answer, Fault, FaultInjector, Faults, faults_blueprint
from sandbox.serving import QuietHandler, Shared
from sandbox.tiktok import pictures
from sandbox.tiktok.api import OPERATIONS
from sandbox.tiktok.control import control_api
from sandbox.tiktok.errors import TOO_MANY_REQUESTS
from sandbox.tiktok.gate import envelope, open_api
from sandbox.tiktok.pages import pages
from sandbox.tiktok.state import Config, Sandbox
from sandbox.tiktok.token_server import token_server

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


def too_many_requests(fault: Fault) -> Answer:
    """TikTok's own answer to too many requests."""
    response = envelope(None, TOO_MANY_REQUESTS, "Too many requests. Please try again later.", fault.status or 429)
    return response.status_code, response.get_data(), [("Content-Type", "application/json; charset=utf-8")]


def create_app(sandbox: Sandbox) -> Flask:
    """The whole sandbox as one Flask app: Open API, token server, control API, page; without its faults."""
    app = Flask(__name__)
    app.register_blueprint(open_api(sandbox, OPERATIONS))
    app.register_blueprint(token_server(sandbox))
    app.register_blueprint(control_api(sandbox))
    app.register_blueprint(faults_blueprint(cast(Faults, LocalProxy(lambda: sandbox.faults))))
    app.register_blueprint(pages(sandbox))
    app.register_blueprint(pictures.blueprint)
    return app


def served(sandbox: Sandbox, app: "WSGIApplication | None" = None) -> FaultInjector:
    """The app (of its own, if none is given) behind its faults."""
    return FaultInjector(app or create_app(sandbox), sandbox.faults, too_many_requests)


class Server:
    """A running sandbox: `url`, `state` (take `state.lock` around its shops), `stop()`."""

    def __init__(self, config: Config, host: str, port: int) -> None:
        self._config = config
        self.state = Sandbox(config)
        self._shared = Shared(create_app)
        self._server = make_server(host, port, self._app(), threaded=True, request_handler=QuietHandler)
        self._server.daemon_threads = True  # type: ignore[attr-defined]
        self.url = f"http://{host}:{self._server.server_port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="sandbox-tiktok", daemon=True
        )
        self._thread.start()

    def renew(self, **changes: Any) -> None:
        """A new shop at the same address: nothing of the old one is left. `changes` are fields of Config."""
        self.state.stop()
        self.state = Sandbox(replace(self._config, **changes))
        self._server.app = self._app()

    def _app(self) -> FaultInjector:
        return served(self.state, self._shared.over(self.state))

    def stop(self) -> None:
        """Stop serving and end every thread of the sandbox."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self.state.stop()


def serve(port: int = 0, host: str = "127.0.0.1", config: Config | None = None, **changes: Any) -> Server:
    """Start a sandbox in this process; `changes` are fields of Config. Port 0 takes a free one."""
    return Server(replace(config or Config(), **changes), host, port)
