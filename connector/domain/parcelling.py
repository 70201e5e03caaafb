"""Orders dealt out to packages as a person asked for it: what is wanted, and whether it is so already. Pure.

What follows in Magento's shipments when TikTok's packages change is connector.domain.plan_shipping's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from connector.domain.order import LineItem, Order
from connector.domain.steps import Step

SPLIT = "split"
COMBINE = "combine"
UNCOMBINE = "uncombine"


@dataclass(frozen=True, kw_only=True)
class PackageAsk:
    """What a person asked for. `groups`: line items by package (split); `package_id` and `order_ids` of the others."""

    id: int
    kind: str
    groups: tuple[tuple[str, ...], ...] = ()
    package_id: str = ""
    order_ids: tuple[str, ...] = ()
    sent_at: datetime | None = None
    taken_at: datetime | None = None


@dataclass(frozen=True)
class ReadPackageChoices(Step):
    """Ask TikTok whether the order can be split, and with which others it can be combined."""


@dataclass(frozen=True)
class DealOut(Step):
    """Have TikTok split, combine or take apart, unless it is so already."""

    ask: PackageAsk


def on_tiktok(asks: Iterable[PackageAsk], choices_asked: bool) -> list[Step]:
    """What TikTok is to be asked or told."""
    steps: list[Step] = [DealOut(ask) for ask in asks]
    return [ReadPackageChoices(), *steps] if choices_asked else steps


def is_split_so(order: Order, groups: Sequence[Sequence[str]]) -> bool:
    """Whether each group lies in one package, and no two in the same."""
    of_line = {line.id: line.package_id for line in order.line_items}
    packages = [{of_line.get(line_id, "") for line_id in group} for group in groups]
    single = [next(iter(found)) for found in packages if len(found) == 1 and "" not in found]
    return len(single) == len(groups) == len(set(single))


def packages_of(lines: Iterable[LineItem]) -> frozenset[str]:
    """The packages of lines that are not cancelled."""
    return frozenset(line.package_id for line in lines if line.package_id and not line.is_cancelled)


def are_combined(orders: Mapping[str, Order], order_ids: Iterable[str]) -> bool:
    """Whether all of the orders lie in one and the same package."""
    found = [packages_of(orders[order_id].line_items) if order_id in orders else frozenset() for order_id in order_ids]
    return bool(found) and all(len(packages) == 1 for packages in found) and len(set(found)) == 1
