"""What a person may ask about an order's packages, as connector.sync.asks: a row is written and a worker woken."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector import clock
from connector.domain import parcelling, statuses
from connector.domain import returns as values
from connector.domain.statuses import SyncState
from connector.extensions import db, queue
from connector.models import Order, PackageAsk, PackageChoices
from connector.models.timeline import PERSON
from connector.models.transaction import transaction
from connector.sync import intake
from connector.sync.asks import Refused, make_due
from connector.sync.timeline import record

FRESH = timedelta(minutes=2)


def ask_choices(row_id: int) -> None:
    """Lets a worker ask TikTok what can be done with the order's packages, unless it was asked a moment ago."""
    with transaction() as session:
        row = _row(session, row_id)
        choices = session.scalars(select(PackageChoices).where(PackageChoices.order_id == row_id)).one_or_none()
        if choices is None:
            choices = PackageChoices(order_id=row_id, combinable=[])
            session.add(choices)
        elif choices.state == "ready" and choices.asked_at > clock.now() - FRESH:
            return
        choices.state, choices.asked_at, choices.message = values.ASKED, clock.now(), ""
        observed = intake.observe_row(row).observed
    queue.wake_order(row_id, observed)


def split(row_id: int, groups: Sequence[Sequence[str]], actor: str) -> int:
    """Splits an order: each group of line items becomes a package. Returns the ask's id."""
    wanted = [sorted(set(group)) for group in groups if group]
    with transaction() as session:
        row = _row(session, row_id)
        lines = [str(line["id"]) for line in (row.document or {}).get("line_items", ()) if not _is_cancelled(line)]
        if len(wanted) < 2:
            raise Refused("Put items into at least two packages.")
        if sorted(line for group in wanted for line in group) != sorted(lines):
            raise Refused("Each item has to be in exactly one package. Load the page again.")
        ask = PackageAsk(kind=parcelling.SPLIT, groups=wanted, order_ids=[row.tiktok_order_id])
        observed = _add(session, row, ask, actor, f"Asked to split the order into {len(wanted)} packages.")
        ask_id = ask.id
    queue.wake_order(row_id, observed)
    return ask_id


def combine(row_id: int, package_id: str, order_ids: Sequence[str], actor: str) -> int:
    """Combines the order with others into TikTok's proposed package. Returns the ask's id."""
    with transaction() as session:
        row = _row(session, row_id)
        choices = session.scalars(select(PackageChoices).where(PackageChoices.order_id == row_id)).one_or_none()
        offered = next(
            (one for one in (choices.combinable if choices is not None else ()) if one["id"] == package_id), None
        )
        chosen = sorted({row.tiktok_order_id, *order_ids})
        if offered is None or not set(chosen) <= set(offered["order_ids"]):
            raise Refused("TikTok Shop does not offer to combine these (any more). Look again.")
        if len(chosen) < 2:
            raise Refused("Choose the orders to combine with.")
        ask = PackageAsk(kind=parcelling.COMBINE, package_id=package_id, order_ids=chosen, groups=[])
        observed = _add(session, row, ask, actor, f"Asked to combine {len(chosen)} orders into one package.")
        ask_id = ask.id
    queue.wake_order(row_id, observed)
    return ask_id


def uncombine(row_id: int, actor: str) -> int:
    """Takes the order out of the package that it shares. Returns the ask's id."""
    with transaction() as session:
        row = _row(session, row_id)
        document = row.document or {}
        packages = {str(line.get("package_id") or "") for line in document.get("line_items", ())} - {""}
        if document.get("split_or_combine_tag") != "COMBINED" or len(packages) != 1:
            raise Refused("The order shares no package with others.")
        ask = PackageAsk(
            kind=parcelling.UNCOMBINE, package_id=packages.pop(), order_ids=[row.tiktok_order_id], groups=[]
        )
        observed = _add(session, row, ask, actor, "Asked to take the order out of its shared package.")
        ask_id = ask.id
    queue.wake_order(row_id, observed)
    return ask_id


def _row(session: Session, row_id: int) -> Order:
    row = session.get_one(Order, row_id, with_for_update={"of": Order})
    if row.sync_state == SyncState.IGNORED:
        raise Refused("The order is ignored. Take it back first.")
    if row.status != statuses.AWAITING_SHIPMENT:
        raise Refused("Packages can only be changed before anything is shipped.")
    return row


def _add(session: Session, row: Order, ask: PackageAsk, actor: str, sentence: str) -> int:
    under_way = session.scalars(
        select(PackageAsk.id).where(PackageAsk.order_id == row.id, PackageAsk.state.in_(values.OPEN))
    ).first()
    if under_way is not None:
        raise Refused("The order's packages are being changed already.")
    ask.order_id, ask.actor, ask.asked_at, ask.state = row.id, actor[:254], clock.now(), values.ASKED
    session.add(ask)
    session.flush()
    record(session, row.id, PERSON, "packages_asked", sentence, actor=actor)
    make_due(row)
    return row.observed


def _is_cancelled(line: dict[str, object]) -> bool:
    return line.get("display_status") == statuses.CANCELLED


def under_way(row_id: int) -> list[parcelling.PackageAsk]:
    """What is open for an order, as values; inside the caller's read."""
    rows = db.session.scalars(
        select(PackageAsk)
        .where(PackageAsk.order_id == row_id, PackageAsk.state.in_(values.OPEN))
        .execution_options(populate_existing=True)
    )
    return [
        parcelling.PackageAsk(
            id=row.id,
            kind=row.kind,
            groups=tuple(tuple(group) for group in row.groups),
            package_id=row.package_id,
            order_ids=tuple(row.order_ids),
            sent_at=row.sent_at,
            taken_at=row.taken_at,
        )
        for row in rows
    ]


def are_choices_asked(row_id: int) -> bool:
    """Whether somebody waits for TikTok's answer on an order's packages; inside the caller's read."""
    state = db.session.scalar(select(PackageChoices.state).where(PackageChoices.order_id == row_id))
    return state == values.ASKED
