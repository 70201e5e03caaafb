"""The one way into the Open API: operation, app key, timestamp, signature, token, cipher, parameters, body; then work.

Registered operations live in `api/`, one module per group of TikTok's documentation.
"""

import json
import re
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Any
from urllib.parse import parse_qsl

from flask import Blueprint, Response, request

from sandbox.tiktok.errors import (
    BAD_SIGN,
    BAD_TOKEN,
    NO_PERMISSION,
    NO_SUCH_PATH,
    STALE_TIMESTAMP,
    UNKNOWN_APP,
    ApiError,
    bad_request,
)
from sandbox.tiktok.schema import Spec, check, read_query
from sandbox.tiktok.shop import Shop
from sandbox.tiktok.signing import sign_request
from sandbox.tiktok.state import Sandbox

TIMESTAMP_SECONDS = 300
COMMON = frozenset({"app_key", "timestamp", "sign", "shop_cipher", "access_token"})


@dataclass
class Call:
    """A checked request on its way to its operation. `shop` is the token's; `path` holds the ids in the path."""

    sandbox: Sandbox
    shop: Shop
    query: dict[str, Any]
    body: dict[str, Any]
    path: dict[str, str]
    base_url: str


Handler = Callable[[Call], dict[str, Any] | None]


@dataclass(frozen=True)
class Operation:
    """One operation of the API. `body` None: the operation takes none. `multipart`: the body is a form with files."""

    method: str
    template: str
    handler: Handler
    cipher: bool = True
    query: Mapping[str, Spec] = field(default_factory=dict)
    body: Spec | None = None
    multipart: bool = False

    def match(self, method: str, path: str) -> dict[str, str] | None:
        """The ids in the path, or None when this is another operation's request."""
        if method != self.method:
            return None
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.template)
        found = re.fullmatch(pattern, path)
        return found.groupdict() if found else None


def envelope(data: Any, code: int = 0, message: str = "Success", http_status: int = 200) -> Response:
    """`{code, message, request_id, data}`, as every answer of the Open API and the token server."""
    request_id = time.strftime("%Y%m%d%H%M%S", time.gmtime()) + uuid.uuid4().hex[:20].upper()
    document: dict[str, Any] = {"code": code, "message": message, "request_id": request_id}
    if data is not None:
        document["data"] = data
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return Response(text, status=http_status, content_type="application/json; charset=utf-8")


def failure(error: ApiError) -> Response:
    return envelope(None, error.code, error.message, error.http_status)


def find(operations: list[Operation], method: str, path: str) -> tuple[Operation, dict[str, str]]:
    """The operation; the template with the fewest ids wins. Raises ApiError, HTTP 404."""
    matches = [(op, ids) for op in operations if (ids := op.match(method, path)) is not None]
    if not matches:
        raise ApiError(NO_SUCH_PATH, f"no such operation: {method} {path}", 404)
    return min(matches, key=lambda found: len(found[1]))


def check_signature(sandbox: Sandbox, path: str, pairs: list[tuple[str, str]], body: bytes, kind: str | None) -> None:
    """App key known, timestamp within five minutes, `sign` right; else ApiError with HTTP 401."""
    query = dict(pairs)
    for name in ("app_key", "timestamp", "sign"):
        if not query.get(name):
            raise bad_request(f"missing query parameter '{name}'")
    if query["app_key"] != sandbox.config.app_key:
        raise ApiError(UNKNOWN_APP, "app_key is unknown", 401)
    if not query["timestamp"].isdecimal() or abs(time.time() - int(query["timestamp"])) > TIMESTAMP_SECONDS:
        raise ApiError(STALE_TIMESTAMP, "timestamp is more than 5 minutes away from now", 401)
    expected = sign_request(sandbox.config.app_secret, path, pairs, body, kind)
    if not compare_digest(expected.encode(), query["sign"].encode()):
        raise ApiError(BAD_SIGN, "sign is invalid", 401)


def _read_body(operation: Operation, raw: bytes) -> dict[str, Any]:
    if operation.body is None:
        if raw.strip() not in (b"", b"{}"):
            raise bad_request("this operation takes no body")
        return {}
    if operation.multipart:
        if request.mimetype != "multipart/form-data":
            raise bad_request("content-type must be multipart/form-data")
        form: dict[str, Any] = {**request.form.to_dict(), **{name: f.read() for name, f in request.files.items()}}
        check(form, operation.body, "")
        return form
    if not raw.strip():
        raw = b"{}"
    elif request.mimetype != "application/json":
        raise bad_request("content-type must be application/json")
    try:
        body: dict[str, Any] = json.loads(raw)
    except ValueError as error:
        raise bad_request(f"body is not JSON: {error}") from error
    check(body, operation.body, "")
    return body


def _shop(sandbox: Sandbox, operation: Operation, query: dict[str, str]) -> Shop:
    token = request.headers.get("x-tts-access-token", "")
    if not token:
        raise ApiError(BAD_TOKEN, "header x-tts-access-token is missing", 401)
    shop = sandbox.authorized_shop(token)
    cipher = query.get("shop_cipher")
    if not operation.cipher:
        if cipher is not None:
            raise bad_request("unknown query parameter 'shop_cipher'")
        return shop
    if not cipher:
        raise bad_request("missing query parameter 'shop_cipher'")
    if cipher not in {other.cipher for other in sandbox.shops.values()}:
        raise bad_request("shop_cipher is invalid")
    if cipher != shop.cipher:
        raise ApiError(NO_PERMISSION, "the access token has no permission for this shop", 403)
    return shop


def answer(sandbox: Sandbox, operations: list[Operation], path: str) -> Response:
    """Check the current request and let its operation do the work, under the sandbox's lock."""
    if sandbox.latency:
        time.sleep(sandbox.latency)
    raw = request.get_data(parse_form_data=False, cache=True)
    pairs = parse_qsl(request.query_string.decode("latin-1"), keep_blank_values=True)
    try:
        operation, ids = find(operations, request.method, path)
        check_signature(sandbox, path, pairs, raw, request.content_type)
        shop = _shop(sandbox, operation, dict(pairs))
        query = read_query([pair for pair in pairs if pair[0] not in COMMON], operation.query)
        body = _read_body(operation, raw)
        with sandbox.lock:
            name = f"{operation.method} {operation.template}"
            sandbox.requests[name] = sandbox.requests.get(name, 0) + 1
            data = operation.handler(Call(sandbox, shop, query, body, ids, request.host_url.rstrip("/")))
        return envelope(data if data is not None else {})
    except ApiError as error:
        return failure(error)


def open_api(sandbox: Sandbox, operations: list[Operation]) -> Blueprint:
    """The blueprint of the Open API: whatever comes under one of its groups' paths goes through the gate."""
    blueprint = Blueprint("open_api", __name__)
    groups = sorted({operation.template.split("/")[1] for operation in operations})

    def handle(rest: str) -> Response:
        return answer(sandbox, operations, request.path)

    for group in groups:
        blueprint.add_url_rule(
            f"/{group}/<path:rest>", group, handle, methods=["GET", "POST", "PUT", "DELETE", "PATCH"]
        )
    return blueprint
