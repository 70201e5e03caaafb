"""Attempts at a credit memo of which it is not known what came: whether it is there, and how long it may still come.

None is made beside an attempt before that one must have ended (`may_last`), nor as long as Magento's order says that more was
refunded than its memos show. That counts for every attempt of the order: what the next one is for may hold the pieces of the
last one, too (another line was cancelled meanwhile).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from decimal import Decimal

from connector import clock
from connector.domain.errors import Unclear
from connector.domain.magento_order import MagentoCreditmemo, MagentoOrder
from connector.domain.plan_cancel import CreditInMagento
from connector.domain.returns import CENT
from connector.models import Credit
from connector.sync.run import Run
from connector.sync.steps.attempts import CHECKED_AND_NOT_SAVED, REQUEST_MAY_LAST, next_look

#: Magento takes a second credit memo of money alone, or of one more piece, as readily as the first. So none follows an unclear
#: one before that one must have ended. One that would use up what is left of an order or an item is refused when it was made
#: already, so it is repeated sooner, after CHECKED_AND_NOT_SAVED.
CREDIT_MAY_LAST = REQUEST_MAY_LAST
#: The key of the credit memo that undoes a whole cancelled order.
WHOLE = "order"


def mark_of(key: str) -> str:
    """By what a credit memo of ours is known in Magento; a person can read it, too."""
    if key == WHOLE:
        return "Order cancelled on TikTok Shop"
    kind, _, name = key.partition(":")
    if kind == "shipping":
        return f"Shipping given back with TikTok Shop cancellation {name}"
    return f"TikTok Shop return {name}" if kind == "return" else f"Cancelled on TikTok Shop [{name[:12]}]"


def has_mark(key: str, memo: MagentoCreditmemo) -> bool:
    """Whether the credit memo says that it is the one of this key."""
    return any(mark_of(key) == comment.strip() for comment in memo.comments)


def found(step: CreditInMagento, memos: list[MagentoCreditmemo], *, was_asked: bool) -> MagentoCreditmemo | None:
    """The credit memo that is this one: by its mark, or by what is in it.

    Before anything was asked, only one of money alone is looked for: pieces credited by hand are counted by the plan.
    """
    wanted = quantities(step)
    memo = _of_attempt(step.key, wanted if was_asked else {}, memos)
    if memo is not None or wanted or step.key == WHOLE:
        return memo
    money = step.adjustment + step.shipping
    return next((memo for memo in memos if not _pieces(memo) and abs(memo.grand_total - money) < CENT), None)


def found_of(attempt: Credit, memos: Iterable[MagentoCreditmemo], taken: set[int]) -> MagentoCreditmemo | None:
    """The credit memo that came of an attempt, among those that are nobody else's."""
    unknown = [memo for memo in memos if memo.entity_id not in taken and memo.entity_id not in attempt.known_ids]
    return _of_attempt(attempt.key, _stored_pieces(attempt), unknown)


def _of_attempt(key: str, wanted: Mapping[int, int], memos: list[MagentoCreditmemo]) -> MagentoCreditmemo | None:
    marked = next((memo for memo in memos if has_mark(key, memo)), None)
    if marked is not None or key == WHOLE or not wanted:
        return marked
    return next((memo for memo in memos if _pieces(memo) == wanted), None)


def wait_for(
    run: Run, attempt: Credit, memos: tuple[MagentoCreditmemo, ...], step: CreditInMagento | None = None
) -> None:
    """Raises Unclear as long as an attempt that timed out may still be at work in Magento: another would refund twice.

    `step`: what is to be made beside it, or once more.
    """
    if attempt.sending_at is None:
        return
    assert run.magento is not None  # noqa: S101
    waited = clock.now() - attempt.sending_at
    may_last = _may_last(run.magento, attempt, step) if step is not None else CREDIT_MAY_LAST
    if waited < may_last or _is_more_refunded(run.magento, memos):
        raise Unclear(
            "It is not clear yet whether Magento made the credit memo.",
            code="credit_unclear",
            after=next_look(waited, may_last),
        )


def _may_last(magento: MagentoOrder, attempt: Credit, step: CreditInMagento) -> timedelta:
    """How long an attempt of unknown outcome may still make a credit memo beside the one of a step."""
    wanted = quantities(step)
    # A row of a return stands for what a person credited of it, too: what exactly was asked for, only its own step says.
    of_attempt = wanted if attempt.key == step.key else _stored_pieces(attempt) if attempt.key[:6] == "lines:" else {}
    uses_up = any(
        wanted.get(item.item_id, 0) + of_attempt.get(item.item_id, 0) > item.qty_invoiced - item.qty_refunded
        for item in magento.items
    )
    return CHECKED_AND_NOT_SAVED if step.everything or uses_up else CREDIT_MAY_LAST


def _is_more_refunded(magento: MagentoOrder, memos: tuple[MagentoCreditmemo, ...]) -> bool:
    """Whether the order says that more money, or more pieces (what was free has no money), went back than its memos show."""
    if magento.total_refunded - sum((memo.grand_total for memo in memos), Decimal(0)) >= CENT:
        return True
    return any(
        item.parent_item_id is None
        and item.qty_refunded > sum((memo.quantities.get(item.item_id, Decimal(0)) for memo in memos), Decimal(0))
        for item in magento.items
    )


def quantities(step: CreditInMagento) -> dict[int, int]:
    """How many of which Magento item the credit memo is to hold."""
    return {item_id: quantity for item_id, quantity in step.pieces if quantity}


def _pieces(memo: MagentoCreditmemo) -> dict[int, int]:
    return {item_id: int(quantity) for item_id, quantity in memo.quantities.items() if quantity}


def _stored_pieces(attempt: Credit) -> dict[int, int]:
    return {int(item_id): quantity for item_id, quantity in attempt.pieces.items() if quantity}
