"""The REST front: scope in the path, authorization, body, route, answer (recordings 07–13)."""

import re
import time
from typing import Any
from urllib.parse import parse_qsl, unquote

from flask import Blueprint, Response, request

from sandbox.magento import (  # noqa: F401  (importing them registers their routes)
    bulk,
    carts,
    creditmemos,
    customers,
    directory,
    fields,
    inventory,
    invoices,
    order_actions,
    orders,
    products,
    shipments,
    stores,
)
from sandbox.magento.auth import check
from sandbox.magento.errors import ApiError
from sandbox.magento.json_text import decode, encode
from sandbox.magento.latency import seconds_of
from sandbox.magento.routing import Call, find
from sandbox.magento.schema import body_of
from sandbox.magento.state import State
from sandbox.magento.stores import Store

_PATH = re.compile(r"/rest(?:/(?P<scope>(?!V1(?:/|$))[^/]+))?(?P<path>/V1(?:/.*)?)")
_BULK = re.compile(r"/rest(?:/[^/]+)?/async/bulk(?P<path>/V1/.*)")
NO_ROUTE = "Request does not match any route."


def answer_json(status: int, body: Any) -> Response:
    return Response(encode(body), status, content_type="application/json; charset=utf-8")


def rest_blueprint(state: State) -> Blueprint:
    blueprint = Blueprint("rest", __name__)

    @blueprint.route("/rest/<path:rest>", methods=["GET", "POST", "PUT", "DELETE", "PATCH"])
    def handle(rest: str) -> Response:
        raw = raw_path()
        try:
            bulk_path = _BULK.fullmatch(raw)
            if bulk_path:
                accepted = bulk.accept(state, request.method, bulk_path["path"], authorized(state), request.get_data())
                return answer_json(202, accepted)
            return answer_json(200, _handle(state, raw))
        except ApiError as error:
            return answer_json(error.status, error.body())

    return blueprint


def raw_path() -> str:
    """The path as the client sent it: a slash inside a SKU is `%2F`."""
    uri: str = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI") or request.full_path
    return uri.partition("?")[0]


def query_pairs() -> list[tuple[str, str]]:
    return parse_qsl(request.query_string.decode(), keep_blank_values=True)


def authorized(state: State) -> Any:
    """A function that raises ApiError unless this request may use the resource it is given (None: anonymous)."""
    host = request.headers.get("Host", "")
    query = f"?{request.query_string.decode()}" if request.query_string else ""
    url = f"{request.scheme}://{host}{raw_path()}{query}"

    def authorize(resource: str | None) -> None:
        if resource is None:
            return
        header, kind = request.headers.get("Authorization", ""), request.headers.get("Content-Type", "")
        check(header, request.method, url, request.get_data(), kind, resource, state.credentials, state.settings)

    return authorize


def _handle(state: State, raw: str) -> Any:
    match = _PATH.fullmatch(raw)
    found = find(request.method, match["path"]) if match else None
    scope = _scope(state, match["scope"] or "default") if match else None
    if match is None or found is None or scope is None:
        raise ApiError(404, NO_ROUTE)  # a code that is no store view's stays in the path
    route, variables = found
    authorize = authorized(state)
    authorize(route.resource)
    body = decode(request.get_data()) if request.get_data() else {}
    pause = seconds_of(route.name) * state.settings.latency
    if pause:
        time.sleep(pause)
    with state.lock:
        store, all_stores = scope
        call = Call(
            state=state,
            store=store,
            path={name: unquote(value) for name, value in variables.items()},
            query=query_pairs(),
            body=body_of(route.name, body),
            all_stores=all_stores,
            authorize=authorize,
        )
        answer = route.handler(call)
        wanted = request.args.get("fields")
        return fields.pick(answer, fields.parse(wanted)) if wanted else answer


def _scope(state: State, code: str) -> tuple[Store, bool] | None:
    """The store view of the path, and whether it is all of them; those work in the admin store's scope. None: there is none."""
    if code == "all":
        return state.stores[0], True
    store = state.store(code)
    return None if store is None else (store, False)
