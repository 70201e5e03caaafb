"""Credit memos for what TikTok cancelled or refunded: each once.

Before Magento is asked, a row names what for, and which credit memos were there; the credit memo's own comment carries the
same name. After a time-out the order's credit memos are looked at again and again: one that is new and ours is taken. None
is made before the first must have ended (`_may_last`), nor as long as Magento's order says that more was refunded than its
memos show.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from connector import clock
from connector.domain.errors import Conflict, ConnectorError, NeedsMerchant, RateLimited, TryLater
from connector.domain.magento_order import MagentoCreditmemo, MagentoOrder
from connector.domain.plan_cancel import CreditInMagento, TellRefund
from connector.extensions import db
from connector.http import CallFailed
from connector.magento.errors import NotSaved
from connector.models import Credit, Order, Return
from connector.models.returns import DONE, SENDING
from connector.models.timeline import MAGENTO
from connector.models.transaction import end_transaction, transaction
from connector.sync.run import Run
from connector.sync.timeline import record

CENT = Decimal("0.01")
#: Magento takes a second credit memo of money alone, or of one more piece, as readily as the first, and nothing in its API
#: can call off a request that timed out. So none follows an unclear one before that one must have ended: Magento's own web
#: server settings give up after 10 minutes, its database waits 50 seconds for a lock, and an offline refund calls nobody.
CREDIT_MAY_LAST = timedelta(hours=1)
#: One that would use up what is left of an order or an item is refused when it was made already, so it is repeated sooner:
#: when the first can no longer be between Magento's check and its saving (InnoDB waits 50 seconds for a lock).
CHECKED_AND_NOT_SAVED = timedelta(seconds=50)
SOONEST_LOOK = 15.0
#: The key of the credit memo that undoes a whole cancelled order.
WHOLE = "order"


def tell(run: Run, step: TellRefund) -> None:
    """Says that TikTok refunded, in the order's timeline and in Magento's history; no credit memo is made."""
    assert run.magento is not None  # noqa: S101
    text = f"{step.sentence} (TikTok Shop return {step.return_id})"
    if run.settings.comment_on_status and not any(line.comment == text for line in run.magento.comments):
        run.magento_client.add_comment(run.magento.entity_id, text, status=run.magento.status)
    with transaction() as session:
        row = _row(session, run)
        row.needs_look = row.needs_look or step.needs_look
        session.execute(update(Return).where(Return.return_id == step.return_id).values(followed=step.followed))
        record(session, run.row_id, MAGENTO, "refund_told", step.sentence)


def credit(run: Run, step: CreditInMagento) -> None:
    """Makes the credit memo, or finds the one that came of an attempt whose outcome was not known."""
    assert run.magento is not None  # noqa: S101
    memos = run.magento_client.creditmemos_of(run.magento.entity_id)
    rows = db.session.scalars(
        select(Credit).where(Credit.order_id == run.row_id).execution_options(populate_existing=True)
    ).all()
    end_transaction()
    mine = next((row for row in rows if row.key == step.key), None)
    if mine is not None and mine.state == DONE and step.key != WHOLE:
        _done(run, step, mine.creditmemo_id, mine.total or Decimal(0))
        return
    taken = {row.creditmemo_id for row in rows if row.creditmemo_id is not None}
    known = set(mine.known_ids) if mine is not None else set()
    unknown = [memo for memo in memos if memo.entity_id not in taken | known]
    found = _found(step, unknown, was_asked=mine is not None or step.only_found)
    if found is not None:
        _done(run, step, found.entity_id, found.grand_total)
        return
    if step.only_found or _is_nothing_left_of_it(run, step, memos):
        _done(run, step, None, Decimal(0))
        return
    _wait_for_attempt(run, step, mine, memos)
    before = {memo.entity_id for memo in memos}
    _keep_key(run, step, sorted(before))
    refusal: ConnectorError | None = None
    creditmemo_id: int | None = None
    try:
        creditmemo_id = _refund(run, step, memos)
    except (Conflict, NeedsMerchant) as error:
        # What Magento has done already it refuses, too: a request that was sent again on its way is answered like this.
        refusal = error
    added = [memo for memo in run.magento_client.creditmemos_of(run.magento.entity_id) if memo.entity_id not in before]
    ours = [memo for memo in added if memo.entity_id == creditmemo_id or _has_mark(step, memo)]
    if refusal is not None and not ours:
        raise refusal
    first = next((memo for memo in ours if memo.entity_id == creditmemo_id), ours[0] if ours else None)
    _done(
        run,
        step,
        first.entity_id if first is not None else creditmemo_id,
        first.grand_total if first is not None else Decimal(0),
        again=[memo for memo in ours if memo is not first],
    )


def _found(step: CreditInMagento, memos: list[MagentoCreditmemo], *, was_asked: bool) -> MagentoCreditmemo | None:
    """The credit memo that is this one: by its mark, or by what is in it.

    Before anything was asked, only one of money alone is looked for: pieces credited by hand are counted by the plan.
    """
    for memo in memos:
        if _has_mark(step, memo):
            return memo
    if step.key == WHOLE:
        return None
    wanted = _quantities(step)
    for memo in memos:
        quantities = {item_id: int(quantity) for item_id, quantity in memo.quantities.items() if quantity}
        if not wanted and not quantities and abs(memo.grand_total - (step.adjustment + step.shipping)) < CENT:
            return memo
        if was_asked and quantities == wanted and wanted:
            return memo
    return None


def _has_mark(step: CreditInMagento, memo: MagentoCreditmemo) -> bool:
    return any(mark_of(step) == comment.strip() for comment in memo.comments)


def _may_last(magento: MagentoOrder, step: CreditInMagento) -> timedelta:
    """How long an attempt of unknown outcome may still make a credit memo beside another one."""
    wanted = _quantities(step)
    uses_up = any(2 * wanted.get(item.item_id, 0) > item.qty_invoiced - item.qty_refunded for item in magento.items)
    return CHECKED_AND_NOT_SAVED if step.everything or uses_up else CREDIT_MAY_LAST


def _wait_for_attempt(
    run: Run, step: CreditInMagento, mine: Credit | None, memos: tuple[MagentoCreditmemo, ...]
) -> None:
    """An attempt that timed out may still be at work in Magento: a second one would refund twice. Raises TryLater."""
    if mine is None or mine.sending_at is None:
        return
    assert run.magento is not None  # noqa: S101
    waited = (clock.now() - mine.sending_at).total_seconds()
    left = _may_last(run.magento, step).total_seconds() - waited
    if left > 0 or _is_more_refunded(run.magento, memos):
        look_in = max(waited / 4, SOONEST_LOOK)
        raise TryLater(
            "It is not clear yet whether Magento made the credit memo.",
            code="credit_unclear",
            after=min(look_in, left) if left > 0 else look_in,
        )


def _is_more_refunded(magento: MagentoOrder, memos: tuple[MagentoCreditmemo, ...]) -> bool:
    """Whether the order says that more money, or more pieces (what was free has no money), went back than its memos show."""
    if magento.total_refunded - sum((memo.grand_total for memo in memos), Decimal(0)) >= CENT:
        return True
    return any(
        item.parent_item_id is None
        and item.qty_refunded > sum((memo.quantities.get(item.item_id, Decimal(0)) for memo in memos), Decimal(0))
        for item in magento.items
    )


def _is_nothing_left_of_it(run: Run, step: CreditInMagento, memos: tuple[MagentoCreditmemo, ...]) -> bool:
    """Whether the shipping that is to be credited, and nothing else, was credited in Magento already."""
    return step.key.startswith("shipping:") and _shipping_left(run, memos) <= 0


def _shipping_left(run: Run, memos: tuple[MagentoCreditmemo, ...]) -> Decimal:
    assert run.magento is not None  # noqa: S101
    return run.magento.shipping_amount - sum((memo.shipping_amount for memo in memos), Decimal(0))


def _keep_key(run: Run, step: CreditInMagento, known_ids: list[int]) -> None:
    with transaction() as session:
        _row(session, run)
        row = session.scalars(select(Credit).where(Credit.order_id == run.row_id, Credit.key == step.key)).one_or_none()
        if row is None:
            row = Credit(order_id=run.row_id, key=step.key)
            session.add(row)
        row.state, row.pieces, row.known_ids = (
            SENDING,
            _stored(step),
            known_ids,
        )
        row.sending_at = clock.now()


def _refund(run: Run, step: CreditInMagento, memos: tuple[MagentoCreditmemo, ...]) -> int:
    assert run.magento is not None  # noqa: S101
    client, entity_id = run.magento_client, run.magento.entity_id
    quantities = _quantities(step)
    to_stock = sorted(quantities) if step.to_stock else []
    try:
        if step.everything:
            return client.refund(entity_id, return_to_stock=to_stock, comment=mark_of(step))
        shipping = min(step.shipping, _shipping_left(run, memos))
        return client.refund(
            entity_id,
            # No items at all would mean all of them: one with quantity 0 is a credit memo of money alone.
            quantities or {run.magento.items[0].item_id: 0},
            shipping_amount=_base(run, max(shipping, Decimal(0))),
            adjustment_positive=_base(run, step.adjustment) if step.adjustment > 0 else None,
            adjustment_negative=_base(run, -step.adjustment) if step.adjustment < 0 else None,
            return_to_stock=to_stock,
            comment=mark_of(step),
        )
    except CallFailed as error:
        if not error.maybe_done:
            _forget_attempt(run, step)
        raise
    except (RateLimited, NotSaved, NeedsMerchant, Conflict):
        _forget_attempt(run, step)  # Magento answered that it did nothing
        raise


def _quantities(step: CreditInMagento) -> dict[int, int]:
    return {item_id: quantity for item_id, quantity in step.pieces if quantity}


def _stored(step: CreditInMagento) -> dict[str, int]:
    return {str(item_id): quantity for item_id, quantity in step.stands_for or step.pieces}


def _base(run: Run, amount: Decimal) -> Decimal:
    """An amount of the order's currency in the store's: that is what Magento takes here."""
    return (amount * run.record.base_rate).quantize(CENT)


def mark_of(step: CreditInMagento) -> str:
    """By what a credit memo of ours is known in Magento; a person can read it, too."""
    if step.key == WHOLE:
        return "Order cancelled on TikTok Shop"
    kind, _, name = step.key.partition(":")
    if kind == "shipping":
        return f"Shipping given back with TikTok Shop cancellation {name}"
    return f"TikTok Shop return {name}" if kind == "return" else f"Cancelled on TikTok Shop [{name[:12]}]"


def _forget_attempt(run: Run, step: CreditInMagento) -> None:
    with transaction() as session:
        session.execute(
            update(Credit).where(Credit.order_id == run.row_id, Credit.key == step.key).values(sending_at=None)
        )


def _done(
    run: Run,
    step: CreditInMagento,
    creditmemo_id: int | None,
    total: Decimal,
    *,
    again: Sequence[MagentoCreditmemo] = (),
) -> None:
    """Writes down the credit memo. `again`: what came of the same request when something on its way sent it once more."""
    with transaction() as session:
        order = _row(session, run)
        row = session.scalars(select(Credit).where(Credit.order_id == run.row_id, Credit.key == step.key)).one_or_none()
        if row is None:
            row = Credit(
                order_id=run.row_id,
                key=step.key,
                known_ids=[],
                pieces=_stored(step),
            )
            session.add(row)
        is_new = row.state != DONE
        row.state, row.creditmemo_id, row.total, row.sending_at = DONE, creditmemo_id, total, None
        if step.return_id:
            session.execute(update(Return).where(Return.return_id == step.return_id).values(followed="credited"))
        if is_new and step.key == WHOLE:
            record(session, run.row_id, MAGENTO, "refunded", step.sentence, details={"creditmemo_id": creditmemo_id})
        elif is_new:
            back = "; back into stock" if step.to_stock and step.pieces else ""
            sentence = f"Credited {total} in Magento: {step.sentence}{back}."
            if creditmemo_id is None:
                sentence = f"{step.sentence}: credited in Magento by hand already."
            record(session, run.row_id, MAGENTO, "credited", sentence, details={"creditmemo_id": creditmemo_id})
        for memo in again:
            # Kept like one of ours, so that nobody takes it for a wish of the merchant's; undone it can't be.
            pieces = {str(item_id): int(quantity) for item_id, quantity in memo.quantities.items() if quantity}
            session.add(
                Credit(
                    order_id=run.row_id,
                    key=f"{step.key.partition(':')[0]}:again:{memo.entity_id}",
                    state=DONE,
                    known_ids=[],
                    pieces=pieces,
                    creditmemo_id=memo.entity_id,
                    total=memo.grand_total,
                )
            )
            order.needs_look = True
            sentence = (
                f"Magento made the credit memo twice: {memo.increment_id} gives back {memo.grand_total} once more. "
                "Something between the connector and Magento sent the request again; a credit memo can't be cancelled, "
                "so put the books and the stock right by hand."
            )
            record(session, run.row_id, MAGENTO, "credited_twice", sentence, is_error=True)
    if is_new:
        run.told("refunded" if step.key == WHOLE else "credited")


def _row(session: Session, run: Run) -> Order:
    """The order's row, locked, as one that is written now. Raises LeaseLost."""
    row = run.lease.row(session)
    row.updated_at = clock.now()
    return row
