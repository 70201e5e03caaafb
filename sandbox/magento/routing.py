"""Routes of the REST API: each names its ACL resource (None: anonymous), its path and its handler."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.magento.state import State
    from sandbox.magento.stores import Store


@dataclass
class Call:
    """One request as a handler sees it. `body` has been checked against the schema; `store` is the path's scope."""

    state: "State"
    store: "Store"
    path: dict[str, str]
    query: list[tuple[str, str]] = field(default_factory=list)
    body: dict[str, Any] = field(default_factory=dict)
    all_stores: bool = False
    #: Raises ApiError unless the caller may use a resource, where what is needed depends on the body.
    authorize: Callable[[str | None], None] = lambda resource: None

    def id(self, name: str = "id") -> int:
        """A number in the path. Magento casts what is none to 0, which exists nowhere."""
        text = self.path[name]
        return int(text) if text.isdigit() else 0


Handler = Callable[[Call], Any]


@dataclass(frozen=True)
class Route:
    method: str
    path: str
    resource: str | None
    handler: Handler
    pattern: re.Pattern[str]

    @property
    def name(self) -> str:
        """As in the schema: `POST /V1/orders`."""
        return f"{self.method} {self.path}"


ROUTES: list[Route] = []


def route(method: str, path: str, resource: str | None) -> Callable[[Handler], Handler]:
    """Register a handler. `{name}` in the path takes anything up to the next slash, percent-decoded."""
    pattern = re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(path.rstrip("/"))) + "/?")

    def register(handler: Handler) -> Handler:
        ROUTES.append(Route(method, path, resource, handler, pattern))
        return handler

    return register


def find(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """The route of a path that begins with /V1. Fixed paths win over those with a variable."""
    found = [(one, match.groupdict()) for one, match in _candidates(method, path)]
    return min(found, key=lambda pair: pair[0].path.count("{"), default=None)


def _candidates(method: str, path: str) -> Iterator[tuple[Route, re.Match[str]]]:
    for one in ROUTES:
        match = one.pattern.fullmatch(path)
        if one.method == method and match:
            yield one, match
