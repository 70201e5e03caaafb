"""The pages of one of TikTok's lists, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

from connector.tiktok.errors import unreadable


class Page(Protocol):
    """Any page; its token is "" on the last."""

    @property
    def next_page_token(self) -> str: ...


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
