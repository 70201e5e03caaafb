"""Credit memos for what TikTok cancelled or refunded: each once.

Before Magento is asked, a row names what for, and which credit memos were there; the credit memo's own comment carries the
same name. After a time-out the order's credit memos are looked at again and again (connector.sync.steps.credit_attempts): one
that is new and ours is taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from connector import clock
from connector.domain import plan_credits
from connector.domain.errors import Conflict, ConnectorError, NeedsMerchant, RateLimited
from connector.domain.magento_order import MagentoCreditmemo
from connector.domain.plan_cancel import CreditInMagento, FindCredit, TellRefund
from connector.domain.returns import CENT
from connector.domain.watching import order_mark
from connector.extensions import db
from connector.http import CallFailed
from connector.magento.documents import base_to_order_rate
from connector.magento.errors import NotSaved, WrongState
from connector.models import Credit, Order, Return
from connector.models.returns import DONE, SENDING
from connector.models.timeline import MAGENTO
from connector.models.transaction import end_transaction, transaction
from connector.sync.run import Run
from connector.sync.steps import credit_attempts, history
from connector.sync.steps.credit_attempts import WHOLE, has_mark, mark_of, quantities
from connector.sync.timeline import record


def tell(run: Run, step: TellRefund) -> None:
    """Says that TikTok refunded, in the order's timeline and in Magento's history; no credit memo is made."""
    assert run.magento is not None  # noqa: S101
    text = f"{step.sentence} (TikTok Shop return {step.return_id})"
    if run.settings.comment_on_status:
        history.add(run, run.magento, text)
    with transaction() as session:
        row = _row(session, run)
        row.needs_look = row.needs_look or step.needs_look
        session.execute(update(Return).where(Return.return_id == step.return_id).values(followed=step.followed))
        record(session, run.row_id, MAGENTO, "refund_told", step.sentence)


def credit(run: Run, step: CreditInMagento) -> None:
    """Makes the credit memo, or finds the one that came of an attempt whose outcome was not known."""
    assert run.magento is not None  # noqa: S101
    memos = run.magento_client.creditmemos_of(run.magento.entity_id)
    rows = _rows(run)
    mine = next((row for row in rows if row.key == step.key), None)
    if mine is not None and mine.state == DONE and step.key != WHOLE:
        _done(run, step, mine.creditmemo_id, mine.total or Decimal(0))
        return
    taken = _taken(rows)
    known = set(mine.known_ids) if mine is not None else set()
    unknown = [memo for memo in memos if memo.entity_id not in taken | known]
    found = credit_attempts.found(step, unknown, was_asked=mine is not None or step.only_found)
    if found is not None:
        _done(run, step, found.entity_id, found.grand_total)
        return
    shipping = min(step.shipping, _shipping_left(run, step, memos, rows))
    if step.only_found or (step.key.startswith("shipping:") and shipping < CENT):
        _done(run, step, None, Decimal(0))
        return
    # An attempt of another key may hold some of these pieces: it is not passed by while it may still be at work.
    for other in rows:
        if other is not mine and _has_come(run, other, memos, taken):
            return  # there is less to be credited now: it is planned anew
    for row in rows:
        credit_attempts.wait_for(run, row, memos, step)
    before = {memo.entity_id for memo in memos}
    _keep_key(run, step, sorted(before))
    refusal: ConnectorError | None = None
    creditmemo_id: int | None = None
    try:
        creditmemo_id = _refund(run, step, shipping, is_rest=shipping >= _not_credited(run, memos))
    except (Conflict, NeedsMerchant) as error:
        # What Magento has done already it refuses, too: a request that was sent again on its way is answered like this.
        refusal = error
    added = [memo for memo in run.magento_client.creditmemos_of(run.magento.entity_id) if memo.entity_id not in before]
    ours = [memo for memo in added if memo.entity_id == creditmemo_id or has_mark(step.key, memo)]
    if refusal is not None and not ours:
        if isinstance(refusal, WrongState):
            _check_has_changed(run, refusal)
        raise refusal
    first = next((memo for memo in ours if memo.entity_id == creditmemo_id), ours[0] if ours else None)
    _done(
        run,
        step,
        first.entity_id if first is not None else creditmemo_id,
        first.grand_total if first is not None else Decimal(0),
        again=[memo for memo in ours if memo is not first],
    )


def _check_has_changed(run: Run, refusal: WrongState) -> None:
    """Planned anew, a refusal comes again for as long as the order is as it was read. Raises NeedsMerchant then."""
    assert run.magento is not None  # noqa: S101
    now = run.magento_client.get_order(run.magento.entity_id)
    if order_mark(now) == order_mark(run.magento):
        raise NeedsMerchant(
            f"Magento lets nothing more be credited in order {now.increment_id}, of which {now.total_refunded} of "
            f"{now.total_paid} was given back.",
            code="credit_refused",
            remedy="Compare what was given back on both sides, put the stock of what is not credited right by hand, then mark"
            " the order to be ignored.",
            exchange=refusal.exchange,
        ) from refusal


def find(run: Run, step: FindCredit) -> None:
    """Finds out what came of an attempt that nothing asks for any more."""
    assert run.magento is not None  # noqa: S101
    memos = run.magento_client.creditmemos_of(run.magento.entity_id)
    rows = _rows(run)
    row = next(row for row in rows if row.key == step.key)
    if not _has_come(run, row, memos, _taken(rows)):
        credit_attempts.wait_for(run, row, memos)
        _forget_attempt(run, step.key)


def _rows(run: Run) -> Sequence[Credit]:
    rows = db.session.scalars(
        select(Credit).where(Credit.order_id == run.row_id).execution_options(populate_existing=True)
    ).all()
    end_transaction()
    return rows


def _taken(rows: Sequence[Credit]) -> set[int]:
    return {row.creditmemo_id for row in rows if row.creditmemo_id is not None}


def _has_come(run: Run, attempt: Credit, memos: tuple[MagentoCreditmemo, ...], taken: set[int]) -> bool:
    """Whether the credit memo of an attempt of unknown outcome is there by now; it is then written down."""
    memo = credit_attempts.found_of(attempt, memos, taken) if attempt.sending_at is not None else None
    if memo is None:
        return False
    with transaction() as session:
        _row(session, run)
        row = session.get_one(Credit, attempt.id, populate_existing=True)
        row.state, row.creditmemo_id, row.total, row.sending_at = DONE, memo.entity_id, memo.grand_total, None
        sentence = f"Credited {memo.grand_total} in Magento, by the attempt that had timed out."
        record(session, run.row_id, MAGENTO, "credited", sentence, details={"creditmemo_id": memo.entity_id})
    run.told("credited")
    return True


def _not_credited(run: Run, memos: tuple[MagentoCreditmemo, ...]) -> Decimal:
    """What of the shipping fee is in no credit memo yet."""
    assert run.magento is not None  # noqa: S101
    return run.magento.shipping_amount - sum((memo.shipping_amount for memo in memos), Decimal(0))


def _shipping_left(
    run: Run, step: CreditInMagento, memos: tuple[MagentoCreditmemo, ...], rows: Sequence[Credit]
) -> Decimal:
    """What of the shipping fee can still be credited; for a cancellation's, what TikTok gave back of it that is not yet.

    What a person credited counts for all that TikTok gave back with cancellations, and not for each of them again.
    """
    left = _not_credited(run, memos)
    if not step.key.startswith("shipping:"):
        return left
    keys = {row.key for row in rows} | {step.key}
    others = [row for row in rows if not row.key.startswith("shipping:")]
    given = [memo for memo in memos if not any(_is_of(memo, row) for row in others)]
    back = [one for one in run.record.aftersales.cancellations if plan_credits.shipping_key(one) in keys]
    return min(
        left,
        sum((plan_credits.shipping_of(one, run.record) for one in back), Decimal(0))
        - sum((memo.shipping_amount for memo in given), Decimal(0)),
    )


def _is_of(memo: MagentoCreditmemo, row: Credit) -> bool:
    return memo.entity_id == row.creditmemo_id or has_mark(row.key, memo)


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


def _refund(run: Run, step: CreditInMagento, shipping: Decimal, *, is_rest: bool) -> int:
    """`is_rest`: that shipping is all that is left of the fee. Magento works it out, as in its currency cents may be rounded."""
    assert run.magento is not None  # noqa: S101
    client, entity_id = run.magento_client, run.magento.entity_id
    wanted = quantities(step)
    to_stock = sorted(wanted) if step.to_stock else []
    try:
        if step.everything:
            return client.refund(entity_id, return_to_stock=to_stock, comment=mark_of(step.key))
        return client.refund(
            entity_id,
            # No items at all would mean all of them: one with quantity 0 is a credit memo of money alone.
            wanted or {run.magento.items[0].item_id: 0},
            shipping_amount=None if is_rest and shipping > 0 else _base(run, max(shipping, Decimal(0))),
            adjustment_positive=_base_adjustment(run, step.adjustment) if step.adjustment > 0 else None,
            adjustment_negative=_base_adjustment(run, -step.adjustment) if step.adjustment < 0 else None,
            return_to_stock=to_stock,
            comment=mark_of(step.key),
        )
    except CallFailed as error:
        if not error.maybe_done:
            _forget_attempt(run, step.key)
        raise
    except (RateLimited, NotSaved, NeedsMerchant, Conflict):
        _forget_attempt(run, step.key)  # Magento answered that it did nothing
        raise


def _stored(step: CreditInMagento) -> dict[str, int]:
    return {str(item_id): quantity for item_id, quantity in step.stands_for or step.pieces}


def _base(run: Run, amount: Decimal) -> Decimal:
    """An amount of the order's currency in the store's: that is what Magento takes here."""
    return (amount * run.record.base_rate).quantize(CENT)


def _base_adjustment(run: Run, amount: Decimal) -> Decimal:
    """The same for an adjustment, which Magento multiplies by the rate that the order has: that is written with few decimals.

    (Of shipping it takes the part of the order's own amount.)
    """
    rate = base_to_order_rate(run.record.base_rate)
    return (amount / rate).quantize(CENT) if rate else _base(run, amount)


def _forget_attempt(run: Run, key: str) -> None:
    with transaction() as session:
        session.execute(update(Credit).where(Credit.order_id == run.row_id, Credit.key == key).values(sending_at=None))


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
