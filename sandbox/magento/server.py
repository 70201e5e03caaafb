"""The sandbox Magento as a Flask app and as a threaded server.

From code: `server = serve(port=0)`, then `server.url`, `server.state`, `server.stop()`.
"""

import threading
import time
from typing import TYPE_CHECKING, Any, cast

from flask import Flask, Response, request
from werkzeug.local import LocalProxy
from werkzeug.serving import make_server

from sandbox.faults import Fault, FaultInjector, Faults, faults_blueprint
from sandbox.magento.control import control_blueprint
from sandbox.magento.json_text import encode
from sandbox.magento.pages import pages_blueprint
from sandbox.magento.rest import rest_blueprint
from sandbox.magento.state import Call, State
from sandbox.serving import QuietHandler, Shared

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

CALL_STARTED = "sandbox.started"


def create_app(state: State) -> Flask:
    """REST, control API, faults and pages over one state."""
    app = Flask(__name__)
    app.register_blueprint(rest_blueprint(state))
    app.register_blueprint(control_blueprint(state))
    app.register_blueprint(faults_blueprint(cast(Faults, LocalProxy(lambda: state.faults))))
    app.register_blueprint(pages_blueprint(state))

    @app.before_request
    def start() -> None:
        request.environ[CALL_STARTED] = time.monotonic()

    @app.after_request
    def note(response: Response) -> Response:
        if request.path.startswith("/rest/"):
            took = time.monotonic() - request.environ.get(CALL_STARTED, time.monotonic())
            path = request.full_path.rstrip("?")
            state.calls.append(Call(state.now(), request.method, path, response.status_code, round(took * 1000)))
        return response

    return app


def too_many_requests(fault: Fault) -> tuple[int, bytes, list[tuple[str, str]]]:
    """How Magento's back-pressure answers."""
    return 429, encode({"message": "Too Many Requests"}), [("Content-Type", "application/json; charset=utf-8")]


def served(state: State, app: "WSGIApplication | None" = None) -> FaultInjector:
    """The app (of its own, if none is given) behind its faults."""
    return FaultInjector(app or create_app(state), state.faults, too_many_requests)


class Server:
    """A running sandbox: `url` without a slash at the end, and its `state`."""

    def __init__(self, state: State, host: str, port: int) -> None:
        self.state = state
        self._shared = Shared(create_app)
        self.wsgi = make_server(host, port, self._app(), threaded=True, request_handler=QuietHandler)
        self.url = f"http://{host}:{self.wsgi.server_port}"
        self._thread = threading.Thread(target=self.wsgi.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def renew(self) -> None:
        """A new store at the same address: nothing of the old one is left."""
        self.state = State(base_url=self.state.base_url)
        self.wsgi.app = self._app()

    def _app(self) -> FaultInjector:
        return served(self.state, self._shared.over(self.state))

    def stop(self) -> None:
        self.wsgi.shutdown()
        self._thread.join()
        self.wsgi.server_close()


def serve(port: int = 0, host: str = "127.0.0.1", state: State | None = None, **settings: Any) -> Server:
    """Start a sandbox in this process; port 0 takes a free one. Further arguments are settings of a new state."""
    state = state or State(**settings)
    server = Server(state, host, port)
    if not state.base_url:
        state.base_url = f"{server.url}/"
    return server
