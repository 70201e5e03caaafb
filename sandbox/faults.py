"""Faults that a sandbox can be told to have: errors, waits, cut-off answers, dropped connections, work done unseen.

A test adds rules through `POST /_sandbox/faults`; the WSGI wrapper `FaultInjector` lays the first rule that matches
over a request. The waiting is done here, outside of the sandbox's own lock. Nothing here knows which API it stands in
front of; the sandbox tells it only what its own "too many requests" answer looks like.
"""

import errno
import json
import random
import re
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, jsonify, request

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

KINDS = (
    "status",  # answer `status`/`body` without doing the work
    "delay",  # wait, then do the work and answer
    "before_slow",  # the same; said when the client is meant to have gone before the work is done
    "after",  # do the work, then wait before answering, so that the client times out although it worked
    "cut",  # do the work, send half of the body (Content-Length of the whole), close the connection
    "html",  # answer an HTML error page, work not done
    "bad_json",  # do the work, answer cut-off JSON with a right Content-Length
    "wrong_type",  # do the work, answer 200 as text/html
    "drop",  # close the connection without an answer, work not done
    "rate_limit",  # the API's own "too many requests", work not done
)

HTML_PAGE = (
    "<!DOCTYPE html><html><head><title>{status} Error</title></head>"
    "<body><center><h1>{status} Error</h1></center><hr><center>nginx</center></body></html>"
)

Answer = tuple[int, bytes, list[tuple[str, str]]]
"""HTTP status, body, and headers without Content-Length."""


class BadFault(ValueError):
    """The JSON of a fault cannot be understood; the text says why."""


@dataclass
class Fault:
    """One rule. `times` counts down what is left to hit (None: until cleared); `skip` lets the first matches pass.

    `path` and `query` are searched for in the request's path and query string; `seed` makes a `probability` repeatable.
    """

    kind: str
    method: str = "*"
    path: str = ""
    query: str = ""
    status: int = 0
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    times: int | None = 1
    probability: float = 1.0
    skip: int = 0
    seed: int | None = None
    id: int = 0
    hits: int = 0

    @classmethod
    def from_json(cls, data: object) -> "Fault":
        """Read a rule as the control API takes it. Raises BadFault on anything unknown or malformed."""
        if not isinstance(data, dict):
            raise BadFault("a fault is a JSON object")
        unknown = set(data) - ({f.name for f in fields(cls)} - {"id", "hits"})
        if unknown:
            raise BadFault(f"unknown: {', '.join(sorted(unknown))}")
        if data.get("kind") not in KINDS:
            raise BadFault(f"kind is one of {', '.join(KINDS)}")
        fault = cls(**data)
        fault.method = str(fault.method).upper()
        try:
            re.compile(fault.path)
            re.compile(fault.query)
        except (re.error, TypeError) as error:
            raise BadFault(f"path or query is no regular expression: {error}") from error
        if fault.kind == "status" and not fault.status:
            raise BadFault("kind status needs a status")
        numbers = (fault.status, fault.seconds, fault.probability, fault.skip, fault.times or 0)
        if not all(isinstance(number, int | float) for number in numbers):
            raise BadFault("status, seconds, times, probability and skip are numbers")
        if (fault.times is not None and fault.times < 1) or fault.skip < 0 or fault.seconds < 0:
            raise BadFault("times is at least 1 or null; skip and seconds are not negative")
        return fault

    def matches(self, method: str, path: str, query: str = "") -> bool:
        return (
            self.method in ("*", method)
            and re.search(self.path, path) is not None
            and re.search(self.query, query) is not None
        )


class Faults:
    """The rules of one sandbox. Safe to use from several threads."""

    def __init__(self, seed: int | None = None) -> None:
        self._lock = threading.Lock()
        self._rules: list[Fault] = []
        self._next_id = 1
        self._random = random.Random(seed)
        #: Of the rules that have a seed of their own, by id.
        self._randoms: dict[int, random.Random] = {}

    def add(self, fault: Fault) -> int:
        """Add a rule behind the others and return its id."""
        with self._lock:
            fault.id = self._next_id
            self._next_id += 1
            self._rules.append(fault)
            if fault.seed is not None:
                self._randoms[fault.id] = random.Random(fault.seed)
            return fault.id

    def add_json(self, data: object) -> int:
        """`add` for the control API's JSON. Raises BadFault."""
        return self.add(Fault.from_json(data))

    def list(self) -> list[dict[str, Any]]:
        """Every rule with `hits`, how often it was used; used-up ones stay until cleared."""
        with self._lock:
            return [asdict(rule) for rule in self._rules]

    def clear(self) -> None:
        with self._lock:
            self._rules.clear()
            self._randoms.clear()

    def remove(self, rule_id: int) -> Fault | None:
        """Takes one rule away and returns it, as often as it was hit; None when there is none."""
        with self._lock:
            found = next((rule for rule in self._rules if rule.id == rule_id), None)
            if found is not None:
                self._rules.remove(found)
                self._randoms.pop(rule_id, None)
            return found

    def take(self, method: str, path: str, query: str = "") -> Fault | None:
        """The first rule that is to be laid over this request, counted as hit; None for most requests."""
        with self._lock:
            for rule in self._rules:
                if rule.times == 0 or not rule.matches(method, path, query):
                    continue
                if rule.skip > 0:
                    rule.skip -= 1
                    continue
                rng = self._randoms.get(rule.id, self._random)
                if rule.probability < 1 and rng.random() >= rule.probability:
                    continue
                rule.hits += 1
                if rule.times is not None:
                    rule.times -= 1
                return rule
        return None


def default_rate_limit(fault: Fault) -> Answer:
    return 429, json.dumps({"message": "Too Many Requests"}).encode(), [("Content-Type", "application/json")]


class FaultInjector:
    """WSGI wrapper that lays `faults` over `app`; the control API (`/_sandbox/…`) and `/static/` are left alone.

    `rate_limit` gives the wrapped API's own "too many requests" answer; headers given with the fault (Retry-After) are
    added to it.
    """

    def __init__(
        self,
        app: "WSGIApplication",
        faults: Faults,
        rate_limit: Callable[[Fault], Answer] = default_rate_limit,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.app, self.faults, self.rate_limit, self.sleep = app, faults, rate_limit, sleep

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        # WSGI keeps the decoded path as latin-1
        path = environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8", "replace")
        if path.startswith(("/_sandbox", "/static/")):
            return self.app(environ, start_response)
        fault = self.faults.take(environ["REQUEST_METHOD"], path, environ.get("QUERY_STRING", ""))
        if fault is None:
            return self.app(environ, start_response)
        if fault.seconds and fault.kind != "after":
            self.sleep(fault.seconds)
        if fault.kind in ("delay", "before_slow"):
            return self.app(environ, start_response)
        if fault.kind == "drop":
            hang_up(environ)
        status, body, headers = self._answer(fault, environ)
        headers = [(name, value) for name, value in headers if name.lower() not in {n.lower() for n in fault.headers}]
        headers += list(fault.headers.items())
        length = len(body)
        pieces: Iterable[bytes] = [body]
        if fault.kind == "bad_json":
            pieces = [body[: length // 2]]
            length = length // 2
        elif fault.kind == "cut":
            pieces = _half_then_hang_up(body, environ)
        elif fault.kind == "after":
            self.sleep(fault.seconds)
        start_response(f"{status} {'OK' if status == 200 else 'Error'}", [*headers, ("Content-Length", str(length))])
        return pieces

    def _answer(self, fault: Fault, environ: "WSGIEnvironment") -> Answer:
        if fault.kind == "html":
            status = fault.status or 502
            text = fault.body if isinstance(fault.body, str) else HTML_PAGE.format(status=status)
            return status, text.encode(), [("Content-Type", "text/html; charset=utf-8")]
        if fault.kind == "rate_limit":
            return self.rate_limit(fault)
        if fault.kind == "status":
            if isinstance(fault.body, str):
                return fault.status, fault.body.encode(), [("Content-Type", "text/plain; charset=utf-8")]
            text = "" if fault.body is None else json.dumps(fault.body)
            return fault.status, text.encode(), [("Content-Type", "application/json; charset=utf-8")]
        status, body, headers = self._work(environ)
        if fault.kind == "wrong_type":
            return 200, body, [("Content-Type", "text/html; charset=utf-8")]
        return status, body, headers

    def _work(self, environ: "WSGIEnvironment") -> Answer:
        """Let the sandbox do the work and keep its whole answer."""
        response = Response.from_app(self.app, environ, buffered=True)
        headers = [(name, value) for name, value in response.headers.items() if name.lower() != "content-length"]
        return response.status_code, response.get_data(), headers


def hang_up(environ: "WSGIEnvironment") -> None:
    """Close the client's connection without an answer, or in the middle of one.

    Raises ConnectionResetError, which both servers take silently and werkzeug's test client passes on.
    """
    connection = environ.get("gunicorn.socket") or environ.get("werkzeug.socket")
    if isinstance(connection, socket.socket):
        try:
            connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            # the client has gone already, which is what is wanted
            pass
    raise ConnectionResetError(errno.ECONNRESET, "dropped by a fault")


def _half_then_hang_up(body: bytes, environ: "WSGIEnvironment") -> Iterator[bytes]:
    yield body[: len(body) // 2]
    hang_up(environ)


def faults_blueprint(faults: Faults) -> Blueprint:
    """The control API of the rules: `POST`, `GET` and `DELETE /_sandbox/faults`, and `DELETE /_sandbox/faults/{id}`."""
    blueprint = Blueprint("faults", __name__)

    @blueprint.post("/_sandbox/faults")
    def add() -> tuple[Response, int]:
        try:
            return jsonify({"id": faults.add_json(request.get_json(force=True))}), 201
        except BadFault as error:
            return jsonify({"error": str(error)}), 400

    @blueprint.get("/_sandbox/faults")
    def show() -> Response:
        return jsonify(faults.list())

    @blueprint.delete("/_sandbox/faults")
    def clear() -> tuple[str, int]:
        faults.clear()
        return "", 204

    @blueprint.delete("/_sandbox/faults/<int:rule_id>")
    def remove(rule_id: int) -> tuple[Response, int]:
        removed = faults.remove(rule_id)
        return (jsonify(asdict(removed)), 200) if removed else (jsonify({"error": f"no fault {rule_id}"}), 404)

    return blueprint
