"""What a look at a store finds, and what of a shop matters to it: for the modules that look (store_checks, customer_checks)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from connector import clock
from connector.domain.errors import ConnectorError
from connector.domain.settings import ShopSettings

#: A look that nothing was heard of for so long was interrupted.
PATIENCE = timedelta(minutes=5)


@dataclass(frozen=True)
class Check:
    """One thing that was looked at: what, whether it is well, and in words. `is_warning`: it works, but have a look."""

    name: str
    ok: bool
    message: str
    is_warning: bool = False


@dataclass(frozen=True)
class BoundShop:
    """What of a shop matters to the store that its orders go to."""

    name: str
    region: str
    store_view_code: str
    settings: ShopSettings


def words(error: ConnectorError) -> str:
    """An error as one sentence or two: what, and what to do."""
    return f"{error.message} {error.remedy}".strip()


def as_it_stands(kept: Mapping[str, Any], interrupted: Check) -> dict[str, Any]:
    """What a look that a worker was asked for has found, as its rows keep it: {"state": "running"|"done", "asked_at",
    "results": [{name, ok, message}]}. One that nothing is heard of any more is done, and `interrupted` its last finding."""
    found = dict(kept)
    if found.get("state") == "running" and clock.now() - datetime.fromisoformat(found["asked_at"]) > PATIENCE:
        found |= {"state": "done", "results": [*found["results"], asdict(interrupted)]}
    return found
