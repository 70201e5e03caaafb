"""Search criteria as query parameters, in the spelling of the recordings (03, 30, 58)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Filter:
    """One condition. `condition` is Magento's: eq, in, like, gteq, lteq, gt, lt, neq, …"""

    field: str
    value: str
    condition: str = "eq"


def criteria(
    *groups: Filter | Sequence[Filter],
    sort: Iterable[tuple[str, str]] = (),
    page_size: int | None = None,
    page: int | None = None,
    fields: str = "",
) -> dict[str, str | int]:
    """The query parameters. Groups must all hold; within a group one filter is enough. `sort`: (field, ASC or DESC)."""
    params: dict[str, str | int] = {}
    for number, group in enumerate(groups):
        for index, one in enumerate([group] if isinstance(group, Filter) else group):
            name = f"searchCriteria[filterGroups][{number}][filters][{index}]"
            params[f"{name}[field]"] = one.field
            params[f"{name}[value]"] = one.value
            params[f"{name}[conditionType]"] = one.condition
    for number, (field, direction) in enumerate(sort):
        params[f"searchCriteria[sortOrders][{number}][field]"] = field
        params[f"searchCriteria[sortOrders][{number}][direction]"] = direction
    if page_size is not None:
        params["searchCriteria[pageSize]"] = page_size
    if page is not None:
        params["searchCriteria[currentPage]"] = page
    if fields:
        params["fields"] = fields
    return params
