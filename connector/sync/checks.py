"""What a look at a store finds, and what of a shop matters to it: for the modules that look (store_checks, customer_checks)."""

from __future__ import annotations

from dataclasses import dataclass

from connector.domain.errors import ConnectorError
from connector.domain.settings import ShopSettings


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
