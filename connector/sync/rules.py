"""The merchant's rules: looked at with each run on an order, written down once for each order that they touch.

What a rule decides about creating (hold, way) is told to the plan anew with every run; what it does once (a tag, a notice, an
answer to the buyer) is remembered in the order's row, so that a crash or a second run repeats nothing.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, func, select

from connector import clock
from connector.domain import returns, rules, statuses
from connector.domain.order import Order as OrderValue
from connector.extensions import db
from connector.models import Cancellation, Order, Rule, ShipAsk, Shipment, Shop
from connector.models.audit import SETTINGS
from connector.models.shipment import ASKED
from connector.models.timeline import CONNECTOR
from connector.models.transaction import end_transaction, transaction
from connector.sync import alarms, asks, audit, cancel_asks
from connector.sync.run import Run
from connector.sync.timeline import record
from connector.tiktok.orders import readable_order

#: A process looks for changed rules so often; the panel's own process sees its changes at once.
KEPT = 5.0
PREVIEWED = timedelta(days=7)
MOST_PREVIEWED = 1000

_kept: dict[str, tuple[float, tuple[rules.Rule, ...]]] = {}


def active() -> tuple[rules.Rule, ...]:
    """The rules that are switched on, in their order."""
    key = str(db.engine.url)
    kept = _kept.get(key)
    if kept is not None and kept[0] > time.monotonic():
        return kept[1]
    rows = db.session.scalars(select(Rule).where(Rule.is_on).order_by(Rule.position, Rule.id)).all()
    found = tuple(value_of(row) for row in rows)
    end_transaction()
    _kept[key] = (time.monotonic() + KEPT, found)
    return found


def forget() -> None:
    """After a change: this process reads the rules anew."""
    _kept.clear()


def value_of(row: Rule) -> rules.Rule:
    """A row as the rule that it is."""
    return rules.Rule(
        id=row.id,
        name=row.name,
        conditions=rules.Conditions.from_stored(row.conditions),
        actions=rules.Actions.from_stored(row.actions),
    )


# -- in a run -------------------------------------------------------------------------------------------------------------


def look(run: Run) -> datetime | None:
    """Tells the run's plan what the rules say, and does what they do once. Returns when one more comes to fit by itself."""
    all_rules = active()
    if not all_rules:
        return None
    row = db.session.get_one(Order, run.row_id, populate_existing=True)
    facts = _facts(row, run.order)
    ruled = dict(row.ruled or {})
    end_transaction()
    outcome = rules.evaluate(all_rules, facts, clock.now())
    run.record = replace(run.record, rule_way=outcome.way, is_held_by_rule=bool(outcome.hold_by))
    new = {str(rule.id): words for rule in outcome.by if (words := _news(rule, facts, ruled.get(str(rule.id), [])))}
    if new or outcome.approve_by:
        run.is_known = False  # more than receipts is written
    if new:
        _write_down(run, outcome, new)
    if outcome.approve_by:
        _approve(run.row_id, outcome.approve_by)
    return outcome.look_at


def _news(rule: rules.Rule, facts: rules.Facts, told: Sequence[str]) -> list[str]:
    """What a rule does to the order that was not written down before."""
    return [words for words in rules.done(rule.actions, facts) if words not in told]


def _write_down(run: Run, outcome: rules.Outcome, new: Mapping[str, list[str]]) -> None:
    names = {str(rule.id): rule for rule in outcome.by}
    with transaction() as session:
        row = session.get_one(Order, run.row_id, with_for_update={"of": Order})
        ruled: dict[str, Any] = dict(row.ruled or {})
        for key, words in new.items():
            rule = names[key]
            ruled[key] = [*ruled.get(key, []), *words]
            record(session, row.id, CONNECTOR, "rule", f"Rule “{rule.name}” {_and(words)}.")
            if rule.actions.tags:
                row.tags = rules.tags_stored([*rules.tags_of(row.tags), *rule.actions.tags])
            if "tells about it" in words:
                sentence = f"Rule “{rule.name}” fits the order {row.tiktok_order_id}."
                alarms.note(session, row.shop_id, "rule", sentence, path=f"/orders/{row.tiktok_order_id}")
        row.ruled = ruled
        row.updated_at = clock.now()


def _approve(row_id: int, name: str) -> None:
    cancel_id = db.session.scalar(
        select(Cancellation.cancel_id).where(
            Cancellation.order_id == row_id, Cancellation.status == returns.PENDING, Cancellation.answer_state == ""
        )
    )
    end_transaction()
    if cancel_id is None:
        return
    try:
        cancel_asks.answer_buyer(row_id, cancel_id, returns.APPROVE, f"rule “{name}”"[:254])
    except asks.Refused:
        pass  # answered or settled meanwhile: nothing is left to do


def _facts(row: Order, order: OrderValue) -> rules.Facts:
    shipped = any(line.display_status in statuses.SHIPPED or line.tracking_number for line in order.line_items)
    if not shipped and row.buyer_asks_cancel:
        # What Magento shipped, or a person is just shipping, is on its way although TikTok does not know it yet.
        shipped = bool(
            db.session.scalar(select(exists().where(Shipment.order_id == row.id)))
            or db.session.scalar(select(exists().where(ShipAsk.order_id == row.id, ShipAsk.state == ASKED)))
        )
    return rules.Facts(
        shop=row.shop_id,
        skus=frozenset(line.seller_sku or line.sku_id for line in order.live_line_items),
        total=order.payment.total_amount,
        country=order.recipient.country_code or row.country,
        status=order.status,
        waited_since=row.status_changed_at or order.create_time,
        tags=frozenset(rules.tags_of(row.tags)),
        buyer_asks_cancel=row.buyer_asks_cancel,
        is_anything_shipped=shipped,
        is_in_magento=row.magento_order_id is not None or row.magento_placing_at is not None,
    )


def _and(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


# -- what people do -------------------------------------------------------------------------------------------------------


def preview(rule: rules.Rule) -> tuple[int, list[tuple[Order, list[str]]]]:
    """How many orders of the last week were looked at, and those that the rule fits as they are now, the newest first."""
    now = clock.now()
    rows = db.session.scalars(
        select(Order)
        .where(Order.create_time > now - PREVIEWED, Order.document.is_not(None))
        .order_by(Order.create_time.desc())
        .limit(MOST_PREVIEWED)
    ).all()
    fitting = []
    for row in rows:
        if (order := readable_order(row.document)) is None:
            continue
        facts = _facts(row, order)
        if rule.conditions.hold_for(facts, now):
            fitting.append((row, rules.done(rule.actions, facts)))
    return len(rows), fitting


def save(rule_id: int | None, name: str, conditions: rules.Conditions, actions: rules.Actions, actor: str) -> int:
    """Makes a rule, or changes one, which is switched off by that. Returns its id. Raises rules.Wrong."""
    name = " ".join(name.split())[:80]
    rules.checked(name, conditions, actions)
    now = clock.now()
    with transaction() as session:
        row = session.get(Rule, rule_id, with_for_update=True) if rule_id is not None else None
        if row is None:
            last = session.scalar(select(func.max(Rule.position))) or 0
            row = Rule(position=last + 1, created_at=now)
            session.add(row)
        before = f"{row.conditions} {row.actions}" if row.id else ""
        row.name, row.is_on, row.changed_at, row.changed_by = name, False, now, actor[:254]
        row.conditions, row.actions = _short(asdict(conditions)), _short(asdict(actions))
        session.flush()
        audit.note(
            session, actor, SETTINGS, "Rule", subject=name, before=before, after=f"{row.conditions} {row.actions}"
        )
        saved = row.id
        _plan_anew()
    forget()
    return saved


def switch(rule_id: int, is_on: bool, actor: str) -> None:
    """Switches a rule on or off; orders that it holds back are planned anew."""
    with transaction() as session:
        row = session.get_one(Rule, rule_id, with_for_update=True)
        if row.is_on == is_on:
            return
        row.is_on, row.changed_at, row.changed_by = is_on, clock.now(), actor[:254]
        audit.note(session, actor, SETTINGS, "Rule", subject=row.name, before=_on(not is_on), after=_on(is_on))
        _plan_anew()
    forget()


def delete(rule_id: int, actor: str) -> None:
    """Takes a rule away. What it did stays."""
    with transaction() as session:
        row = session.get_one(Rule, rule_id, with_for_update=True)
        audit.note(session, actor, SETTINGS, "Rule", subject=row.name, before=_on(row.is_on), after="deleted")
        session.delete(row)
        _plan_anew()
    forget()


def move(rule_id: int, up: bool) -> None:
    """One place up or down in the order in which rules are taken."""
    with transaction() as session:
        rows = list(session.scalars(select(Rule).order_by(Rule.position, Rule.id).with_for_update()))
        at = next((number for number, row in enumerate(rows) if row.id == rule_id), None)
        to = None if at is None else at + (-1 if up else 1)
        if at is None or to is None or not 0 <= to < len(rows):
            return
        rows[at], rows[to] = rows[to], rows[at]
        for number, row in enumerate(rows):
            row.position = number + 1
        _plan_anew()
    forget()


def tag(row_id: int, tags: Sequence[str], actor: str) -> None:
    """Sets an order's tags, by a person. Raises rules.Wrong."""
    for one in tags:
        rules.check_tag(one)
    with transaction() as session:
        row = session.get_one(Order, row_id, with_for_update={"of": Order})
        row.tags, row.updated_at = rules.tags_stored(tags), clock.now()
        words = ", ".join(rules.tags_of(row.tags)) or "none"
        record(session, row.id, "person", "tagged", f"Tags: {words}.", actor=actor)


def _plan_anew() -> None:
    """Inside the caller's transaction: orders that wait are planned again, with the rules as they are then."""
    session = db.session()
    for shop_id in session.scalars(select(Shop.id)).all():
        asks.plan_waiting_anew(session, shop_id)


def _short(values: dict[str, Any]) -> dict[str, Any]:
    """Without what is empty, as JSON-able values."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items() if value}


def _on(is_on: bool) -> str:
    return "on" if is_on else "off"
