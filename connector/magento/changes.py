"""Reading everything that changed since a moment, without missing what changes while it is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Protocol, TypeVar

from connector.magento import read
from connector.magento.search import Filter, criteria
from connector.magento.transport import Transport

PAGE_SIZE = 100


class Changed(Protocol):
    @property
    def entity_id(self) -> int: ...

    @property
    def updated_at(self) -> datetime | None: ...


C = TypeVar("C", bound=Changed)


def changed_since(
    transport: Transport,
    path: str,
    reader: Callable[[Mapping[str, Any]], C],
    fields: str,
    *,
    since: datetime,
    page_size: int = PAGE_SIZE,
    where: Sequence[Filter] = (),
) -> Iterator[C]:
    """Entities with `updated_at` at or after `since` (UTC-aware), ordered by (updated_at, entity_id). `where` must hold too.

    The next request begins at the last time seen instead of at the next page number: an entity that changes while we
    read moves to the end and would shift the pages, so that another one were missed. Page numbers count only within one
    second that fills more than a page. Each state of an entity comes once.
    """
    begin, page = since, 1
    seen: set[tuple[int, datetime | None]] = set()
    while True:
        params = criteria(
            Filter("updated_at", read.stamp(begin), "gteq"),
            *where,
            sort=[("updated_at", "ASC"), ("entity_id", "ASC")],
            page_size=page_size,
            page=page,
            fields=f"items[{fields}],total_count",
        )
        total, found = transport.call("GET", path, partial(_page, reader), params=params)
        for one in found:
            state = (one.entity_id, one.updated_at)
            if state not in seen:
                seen.add(state)
                yield one
        # By the total, not by an empty page: beyond the last page Magento repeats the last page.
        if not found or page * page_size >= total:
            return
        last = found[-1].updated_at
        if last is not None and read.stamp(last) > read.stamp(begin):
            begin, page = last, 1
        else:
            page += 1


def _page(reader: Callable[[Mapping[str, Any]], C], answer: Mapping[str, Any]) -> tuple[int, list[C]]:
    return int(answer["total_count"]), [reader(row) for row in read.rows(answer, "items")]
