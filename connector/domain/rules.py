"""Rules of the merchant's own: when an order is like this, then do that. Pure: tables, clocks and calls are elsewhere.

Every condition that is given must hold; a rule with none is for every order. Rules are taken in their order: of those that
choose the way of creation the first counts, everything else adds up.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from fnmatch import fnmatchcase
from typing import Any, Self

from connector.domain import statuses

MOST_TAGS = 10
LONGEST_TAG = 30
_TAG = re.compile(r"[\w][\w .&/+-]*")


class Wrong(ValueError):
    """A rule that can't be; the message is for a person."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a rule may ask of an order. `waited_since` is when it came to its status; times are UTC."""

    shop: int
    skus: frozenset[str]
    total: Decimal
    country: str
    status: str
    waited_since: datetime | None = None
    tags: frozenset[str] = frozenset()
    buyer_asks_cancel: bool = False
    is_anything_shipped: bool = False
    is_in_magento: bool = False


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """Empty: does not count. SKUs may have * for any signs, and fit when one item's does; hours count in the status."""

    shop: int | None = None
    skus: tuple[str, ...] = ()
    total_from: str = ""
    total_to: str = ""
    countries: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    waited_hours: int = 0
    tags: tuple[str, ...] = ()

    def hold_for(self, facts: Facts, now: datetime) -> bool:
        """Whether all that are given hold."""
        due = self.due_at(facts)
        return self._hold_without_time(facts) and (not self.waited_hours or (due is not None and due <= now))

    def due_at(self, facts: Facts) -> datetime | None:
        """When the hours of waiting will have passed; None where they don't count or nothing is known."""
        if not self.waited_hours or facts.waited_since is None:
            return None
        return facts.waited_since + timedelta(hours=self.waited_hours)

    def comes_to_hold_at(self, facts: Facts, now: datetime) -> datetime | None:
        """When they will hold although nothing happens to the order; None: they do, or never will by themselves."""
        due = self.due_at(facts)
        return due if due is not None and due > now and self._hold_without_time(facts) else None

    def _hold_without_time(self, facts: Facts) -> bool:
        folded = {sku.casefold() for sku in facts.skus}
        patterns = [pattern.casefold() for pattern in self.skus]
        return (
            self.shop in (None, facts.shop)
            and (not patterns or any(fnmatchcase(sku, pattern) for sku in folded for pattern in patterns))
            and (not self.total_from or facts.total >= Decimal(self.total_from))
            and (not self.total_to or facts.total <= Decimal(self.total_to))
            and (not self.countries or facts.country in self.countries)
            and (not self.statuses or facts.status in self.statuses)
            and {tag.casefold() for tag in self.tags} <= {tag.casefold() for tag in facts.tags}
        )

    @classmethod
    def from_stored(cls, stored: Mapping[str, Any]) -> Self:
        return cls(**_known(cls, stored))


@dataclass(frozen=True, kw_only=True)
class Actions:
    """`way`: "", "reserve" or "record". `approve`: the buyer's request to cancel, while nothing is shipped."""

    approve: bool = False
    hold: bool = False
    way: str = ""
    tags: tuple[str, ...] = ()
    tell: bool = False

    @classmethod
    def from_stored(cls, stored: Mapping[str, Any]) -> Self:
        return cls(**_known(cls, stored))


@dataclass(frozen=True, kw_only=True)
class Rule:
    id: int
    name: str
    conditions: Conditions
    actions: Actions


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What the rules say of an order now. `by` are the rules that fit; `look_at` when another one comes to."""

    approve_by: str = ""
    hold_by: str = ""
    way: str = ""
    tags: tuple[str, ...] = ()
    by: tuple[Rule, ...] = ()
    look_at: datetime | None = None


NOTHING = Outcome()


def evaluate(rules: Iterable[Rule], facts: Facts, now: datetime) -> Outcome:
    """The rules taken in their order. A tag that one gives counts for those after it."""
    fitting: list[Rule] = []
    look_at: list[datetime] = []
    seen = facts
    for rule in rules:
        if rule.conditions.hold_for(seen, now):
            fitting.append(rule)
            if rule.actions.tags:
                seen = _tagged(seen, rule.actions.tags)
        elif at := rule.conditions.comes_to_hold_at(seen, now):
            look_at.append(at)
    may_approve = facts.buyer_asks_cancel and not facts.is_anything_shipped
    return Outcome(
        approve_by=next((rule.name for rule in fitting if rule.actions.approve and may_approve), ""),
        hold_by=next((rule.name for rule in fitting if rule.actions.hold), ""),
        way=next((rule.actions.way for rule in fitting if rule.actions.way), ""),
        tags=tuple(dict.fromkeys(tag for rule in fitting for tag in rule.actions.tags)),
        by=tuple(fitting),
        look_at=min(look_at, default=None),
    )


def done(actions: Actions, facts: Facts) -> list[str]:
    """What a rule that fits does to such an order, in words for its timeline."""
    words = []
    if actions.approve and facts.buyer_asks_cancel and not facts.is_anything_shipped:
        words.append("approves the buyer's cancellation")
    if actions.hold and not facts.is_in_magento:
        words.append("holds it back from Magento until a person creates it")
    if actions.way and not facts.is_in_magento:
        words.append(
            "has it created by reserving stock" if actions.way == "reserve" else "has it recorded without stock"
        )
    if actions.tags:
        words.append(f"tags it {', '.join(actions.tags)}")
    if actions.tell:
        words.append("tells about it")
    return words


def checked(name: str, conditions: Conditions, actions: Actions) -> None:
    """Raises Wrong, saying what can't be."""
    if not name.strip():
        raise Wrong("Give the rule a name.")
    for words, amount in (("from", conditions.total_from), ("up to", conditions.total_to)):
        try:
            is_amount = not amount or Decimal(amount).is_finite()
        except InvalidOperation:
            is_amount = False
        if not is_amount:
            raise Wrong(f"The total “{words}” is not a number: {amount[:20]}")
    if any(not re.fullmatch(r"[A-Z]{2}", country) for country in conditions.countries):
        raise Wrong("Countries are written with two letters, such as US, GB.")
    if set(conditions.statuses) - set(statuses.ORDER_STATUSES):
        raise Wrong("There is no such status.")
    if not 0 <= conditions.waited_hours <= 24 * 60:
        raise Wrong("The hours of waiting are a whole number from 0 to 1,440.")
    for tag in (*conditions.tags, *actions.tags):
        check_tag(tag)
    if not any(asdict(actions).values()):
        raise Wrong("Choose what the rule does.")


def check_tag(tag: str) -> None:
    """Raises Wrong unless it can be a tag."""
    if len(tag) > LONGEST_TAG or not _TAG.fullmatch(tag):
        raise Wrong(f"A tag has at most {LONGEST_TAG} letters, digits, spaces and . & / + -, not “{tag[:40]}”.")


def tags_of(stored: str) -> tuple[str, ...]:
    """The tags of an order's column: |a|b|."""
    return tuple(tag for tag in stored.split("|") if tag)


def tags_stored(tags: Sequence[str]) -> str:
    """Tags for an order's column, each once whatever its case; the first MOST_TAGS."""
    unique = {tag.casefold(): tag for tag in reversed(tags)}
    kept = [tag for tag in dict.fromkeys(tags) if unique.get(tag.casefold()) == tag][:MOST_TAGS]
    return f"|{'|'.join(kept)}|" if kept else ""


def _tagged(facts: Facts, tags: Iterable[str]) -> Facts:
    return replace(facts, tags=facts.tags | frozenset(tags))


def _known(cls: Any, stored: Mapping[str, Any]) -> dict[str, Any]:
    names = {one.name for one in fields(cls)}
    return {name: tuple(value) if isinstance(value, list) else value for name, value in stored.items() if name in names}
