"""The pages of one of TikTok's lists, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from connector.tiktok.errors import unreadable
from connector.tiktok.values import from_unix

Document = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page of a list. `documents` are as TikTok sent them; `next_page_token` is "" on the last."""

    documents: list[Document] = field(repr=False)
    next_page_token: str
    total_count: int


P = TypeVar("P", bound=Page)


def all_pages(search: Callable[[str], P], leads_back: str, token: str = "") -> Iterator[P]:
    """The pages that `search` gives for their tokens, from `token` on ("": from the first).

    Raises UnreadableAnswer, in the words `leads_back`, when TikTok gives a token a second time: going on would never end, and
    stopping would lose what is behind it.
    """
    seen = {token}
    while True:
        page = search(token)
        yield page
        token = page.next_page_token
        if not token:
            return
        if token in seen:
            raise unreadable(leads_back)
        seen.add(token)


def changed_pages(search: Callable[[datetime, str], P], since: datetime, leads_back: str) -> Iterator[P]:
    """The pages of what changed since a moment, where `search` gives them from a moment on, oldest change first.

    The next is asked for by the last time seen, not by its token: what changes while we read moves to the end, and where a
    token counts how many were read, another would move to a page that was read already and be missed. Tokens count only within
    one second that fills more than a page, and where TikTok does not keep to the order. Each state of a document comes once.
    Raises UnreadableAnswer as `all_pages` does.
    """
    begin = since
    last: list[Document] = []
    while True:
        for page in all_pages(partial(search, begin), leads_back):
            yield replace(page, documents=[document for document in page.documents if document not in last])
            if not page.next_page_token:
                return
            times = [at for document in page.documents if (at := changed_at(document)) is not None]
            last = page.documents
            if times and times == sorted(times) and times[-1] > begin:
                begin = times[-1]
                break


def changed_at(document: Document) -> datetime | None:
    """When TikTok last changed an order, a cancellation or a return; None where that cannot be read."""
    try:
        return from_unix(document.get("update_time"))
    except ValueError:
        return None
