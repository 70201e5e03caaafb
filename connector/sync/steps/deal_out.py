"""Splitting, combining and taking apart on TikTok. The orders are read before (and after an unclear call again): what is so
already is not done again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, update

from connector import clock
from connector.domain import parcelling
from connector.domain import returns as values
from connector.domain.errors import NeedsMerchant
from connector.domain.order import Order as OrderValue
from connector.domain.parcelling import DealOut, PackageAsk, ReadPackageChoices
from connector.extensions import queue
from connector.models import Order, PackageChoices
from connector.models import PackageAsk as Row
from connector.models.timeline import TIKTOK
from connector.models.transaction import transaction
from connector.sync import intake
from connector.sync.run import Run
from connector.sync.steps.shipment_rows import wait_until_shown
from connector.sync.timeline import record
from connector.tiktok.errors import RequestRefused
from connector.tiktok.orders import order_from_document
from connector.tiktok.parcelling_calls import Combinable

#: A shop's combinable packages are searched so far for the order's; TikTok takes no filter.
MOST_PAGES = 10


def read_choices(run: Run, _step: ReadPackageChoices) -> None:
    """Asks TikTok whether the order can be split, and with which others it can be combined. A refusal is an answer, too."""
    can_split, must_split, message, state = False, False, "", "ready"
    combinable: list[Combinable] = []
    try:
        attributes = run.tiktok.split_attributes(run.order.id)
        can_split, must_split, message = attributes.can_split, attributes.must_split, attributes.reason
        combinable = _combinable(run)
    except NeedsMerchant as error:
        state, message = "failed", error.message
    with transaction() as session:
        session.execute(
            update(PackageChoices)
            .where(PackageChoices.order_id == run.row_id)
            .values(
                state=state,
                can_split=can_split,
                must_split=must_split,
                message=message[:1000],
                combinable=[{"id": one.id, "order_ids": list(one.order_ids)} for one in combinable],
            )
        )
    run.receipt()


def _combinable(run: Run) -> list[Combinable]:
    token, found = "", []
    for _ in range(MOST_PAGES):
        page, token = run.tiktok.combinable_packages(page_token=token)
        found += [one for one in page if run.order.id in one.order_ids]
        if not token:
            break
    return found


def deal_out(run: Run, step: DealOut) -> None:
    """Does it unless it is so; writes down how it ended, and lets the other orders be read anew.

    Raises Unclear as long as TikTok may have done it and not show it yet.
    """
    ask = step.ask
    if _is_so(run, ask):
        _settle(run, ask, values.CONFIRMED)
        return
    if ask.taken_at is not None:
        wait_until_shown(ask.taken_at)
        _settle(run, ask, values.REFUSED, "TikTok Shop said yes, and the packages are not as they were asked for.")
        return
    now = clock.now()
    _note(run, ask, look_anew=True, state=values.SENT, sent_at=now)
    try:
        refused = _call(run, ask)
    except RequestRefused as error:
        refused = error.tiktok_message or error.message
    if _is_so(run, ask):
        _settle(run, ask, values.CONFIRMED, refused)
    elif not refused:
        _note(run, ask, taken_at=now)
        wait_until_shown(now)
    else:
        _note(run, ask, sent_at=ask.sent_at)  # nothing came of this call
        wait_until_shown(ask.sent_at)
        _settle(run, ask, values.REFUSED, refused)


def _note(run: Run, ask: PackageAsk, *, look_anew: bool = False, **columns: Any) -> None:
    with transaction() as session:
        row = run.lease.row(session)
        if look_anew:
            run.look_anew(row)
        session.execute(update(Row).where(Row.id == ask.id).values(**columns))


def _call(run: Run, ask: PackageAsk) -> str:
    if ask.kind == parcelling.SPLIT:
        run.tiktok.split_order(run.order.id, ask.groups)
        return ""
    if ask.kind == parcelling.COMBINE:
        return run.tiktok.combine_packages(ask.package_id, ask.order_ids)
    run.tiktok.uncombine_package(ask.package_id, ask.order_ids)
    return ""


def _is_so(run: Run, ask: PackageAsk) -> bool:
    orders: Mapping[str, OrderValue] = {
        str(document.get("id")): order_from_document(document)
        for document in run.tiktok.get_orders(list(ask.order_ids))
    }
    if ask.kind == parcelling.COMBINE:
        return parcelling.are_combined(orders, ask.order_ids)
    order = orders.get(run.order.id)
    if order is None:
        return False
    if ask.kind == parcelling.SPLIT:
        return parcelling.is_split_so(order, ask.groups)
    return ask.package_id not in parcelling.packages_of(order.line_items)


_DONE = {
    parcelling.SPLIT: "TikTok Shop has split the order into {} packages.",
    parcelling.COMBINE: "TikTok Shop has combined {} orders into one package.",
    parcelling.UNCOMBINE: "TikTok Shop has taken the order out of its shared package.",
}


def _settle(run: Run, ask: PackageAsk, state: str, message: str = "") -> None:
    woken = []
    with transaction() as session:
        rows = session.scalars(
            select(Order)
            .where(Order.tiktok_order_id.in_({run.order.id, *ask.order_ids}))
            .order_by(Order.id)
            .with_for_update(of=Order)
        ).all()
        mine = next(row for row in rows if row.id == run.row_id)
        run.lease.check(mine)
        stored = session.get_one(Row, ask.id, with_for_update=True)
        if stored.state not in values.OPEN:
            return
        stored.state, stored.settled_at, stored.message = state, clock.now(), message[:1000]
        is_done = state == values.CONFIRMED
        count = len(ask.groups) if ask.kind == parcelling.SPLIT else len(ask.order_ids)
        sentence = _DONE[ask.kind].format(count) if is_done else f"TikTok Shop did not change the packages: {message}"
        session.execute(
            update(PackageChoices).where(PackageChoices.order_id.in_([row.id for row in rows])).values(state="old")
        )
        for row in rows:
            if row.id == run.row_id or is_done:
                record(session, row.id, TIKTOK, f"packages_{state}", sentence, actor=stored.actor, is_error=not is_done)
                seen = intake.observe_row(row)
                woken.append((seen.row_id, seen.observed))
    queue.wake_orders([one for one in woken if one[0] != run.row_id])
