"""How the sandboxes are served: as a process of its own by gunicorn, which keeps connections as the servers in front of the
real APIs do; in a test's own process by werkzeug, which closes each connection after its answer.
"""

from collections.abc import Callable, Iterable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from gunicorn.app.base import BaseApplication
from werkzeug.local import LocalProxy
from werkzeug.serving import WSGIRequestHandler

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

T = TypeVar("T")


class Shared(Generic[T]):
    """One app for many states, one after the other: putting an app together takes longer than most tests.

    A request that is under way when the next state comes works on with its own.
    """

    def __init__(self, make_app: "Callable[[T], WSGIApplication]") -> None:
        self._current: ContextVar[T] = ContextVar("current")
        self._app = make_app(cast(T, LocalProxy(self._current)))

    def over(self, state: T) -> "WSGIApplication":
        """The app as it works on `state`."""

        def serve(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
            self._current.set(state)
            return self._app(environ, start_response)

        return serve


class QuietHandler(WSGIRequestHandler):
    """Werkzeug's, without a line for every request."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


class Process(BaseApplication):
    """Serves until SIGTERM or SIGINT; port 0 takes a free one.

    `make_app` gets the address without a slash at the end. It is called in the process that serves: its threads start there.
    """

    def __init__(
        self, name: str, host: str, port: int, make_app: "Callable[[str], WSGIApplication]", *, verbose: bool = False
    ) -> None:
        self._name, self._make_app, self._url = name, make_app, ""
        self._settings: dict[str, Any] = {
            "bind": f"{host}:{port}",
            # One, whatever WEB_CONCURRENCY says: the books are in its memory.
            "workers": 1,
            "worker_class": "gthread",
            # A fault may hold an answer for minutes, so nothing is ended for being slow, and threads are plenty.
            "threads": 64,
            "timeout": 0,
            "graceful_timeout": 1,
            "keepalive": 15,
            "accesslog": "-" if verbose else None,
            "loglevel": "warning",
            "control_socket_disable": True,
            "when_ready": self._listens,
        }
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._settings.items():
            self.cfg.set(name, value)

    def load(self) -> "WSGIApplication":
        return self._make_app(self._url)

    def _listens(self, arbiter: Any) -> None:
        host, port = arbiter.LISTENERS[0].sock.getsockname()[:2]
        self._url = f"http://{host}:{port}"
        print(f"{self._name} on {self._url}", flush=True)
