"""Asynchronous bulk calls (recording 93): accepted at once, done by a queue consumer, which a store may not have running."""

import hashlib
import json
import uuid
from collections.abc import Callable
from typing import Any

from sandbox.magento.errors import ApiError
from sandbox.magento.json_text import decode
from sandbox.magento.routing import Call, find
from sandbox.magento.schema import body_of
from sandbox.magento.state import State


def accept(
    state: State, method: str, path: str, authorize: Callable[[str | None], None], body: bytes
) -> dict[str, Any]:
    """Queue each of the list's bodies for the route that `path` (from `/V1` on) names. Raises ApiError."""
    found = find(method, path)
    if found is None:
        raise ApiError(404, "Request does not match any route.")
    route, variables = found
    authorize(route.resource)
    items = decode(body)
    if not isinstance(items, list):
        raise ApiError(400, "Request data is not valid for bulk operation.")
    with state.lock:
        for item in items:
            state.bulk_queue.append({"route": route, "path": variables, "body": item})
        if state.settings.bulk_consumer:
            consume(state)
    accepted = [
        {
            "id": number,
            "data_hash": hashlib.sha256(json.dumps(item, default=str).encode()).hexdigest(),
            "status": "accepted",
        }
        for number, item in enumerate(items)
    ]
    return {"bulk_uuid": str(uuid.uuid4()), "request_items": accepted, "errors": False}


def consume(state: State) -> dict[str, int]:
    """Do what is queued, as the consumer would; a refused item is dropped, as Magento only notes it. Returns the counts."""
    done = failed = 0
    with state.lock:
        queue, state.bulk_queue = state.bulk_queue, []
        for entry in queue:
            route = entry["route"]
            try:
                call = Call(state, state.stores[0], entry["path"], body=body_of(route.name, entry["body"]))
                route.handler(call)
                done += 1
            except ApiError:
                failed += 1
    return {"done": done, "failed": failed}
