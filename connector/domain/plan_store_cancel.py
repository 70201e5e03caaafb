"""Items that the merchant credited or cancelled in Magento's admin before they were shipped: TikTok is asked to cancel them.

Pure. An order that is wholly cancelled or credited before anything of it was shipped is connector.domain.plan_cancel's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from connector.domain import returns as values
from connector.domain import statuses
from connector.domain.magento_order import MagentoOrder
from connector.domain.order import LineItem, Order
from connector.domain.plan_cancel import FindCredit, RequestCancel
from connector.domain.settings import ShopSettings
from connector.domain.steps import AskMerchant, Record, Step
from connector.domain.undoing import items_of, pieces_of, undone_by_hand


def follow_credits(order: Order, record: Record, magento: MagentoOrder, settings: ShopSettings) -> list[Step]:
    """What follows on TikTok when some items were credited or cancelled in Magento by hand: by the setting, once for each."""
    if (
        settings.magento_credit == "nothing"
        or order.status not in (statuses.AWAITING_SHIPMENT, statuses.PARTIALLY_SHIPPING)
        or record.aftersales.open_asks
        or record.aftersales.request is not None
    ):
        return []
    undone = _undone(order, record, magento)
    if not undone:
        return []
    # A credit memo of ours that is not known yet would look like one of the merchant's.
    unclear = [credit.key for credit in record.aftersales.credits if not credit.is_done and credit.sending_at]
    if unclear:
        return [FindCredit(unclear[0])]
    lines, left = _lines_of(order, record, undone)
    if order.combined_ids:
        left = undone  # the items of several TikTok orders are alike in Magento
    skus = {item.item_id: item.sku for item in magento.items}
    told = ", ".join(f"{quantity} × {skus.get(item_id, item_id)}" for item_id, quantity in sorted(undone.items()))
    message = f"{told} was credited or cancelled in Magento, but TikTok Shop still expects it to be shipped."
    if left:
        return [_ask(f"{message} It is not clear which of TikTok's items that is.")]
    is_whole = {line.id for line in lines} == {line.id for line in order.line_items if not line.is_cancelled}
    line_ids = () if is_whole else tuple(line.id for line in lines)
    refused = [
        ask
        for ask in record.aftersales.asks
        if ask.state == values.REFUSED and (not ask.line_ids or set(ask.line_ids) <= {line.id for line in lines})
    ]
    if refused and (settings.magento_credit != "cancel" or any(ask.from_magento for ask in refused)):
        return [_ask(f"{message} TikTok Shop refused to cancel it: {refused[-1].message}")]
    if settings.magento_credit == "cancel":
        return [RequestCancel(settings.magento_cancel_reason, line_ids)]
    return [_ask(message)]


def _undone(order: Order, record: Record, magento: MagentoOrder) -> Counter[int]:
    """How many of which Magento item were undone by hand and never shipped: TikTok expects them, Magento ships them no more.

    What was credited after it was shipped is none of that. Magento counts what is credited as unshipped, as far as it can.
    """
    by_hand = undone_by_hand(order, record, magento)
    expected = pieces_of(record, (line.id for line in order.line_items if not line.is_cancelled))
    undone: Counter[int] = Counter()
    for item_id, item in items_of(magento).items():
        lacking = expected[item_id] - int(item.qty_shipped) - item.left_to_ship
        undone[item_id] = min(by_hand[item_id], lacking)
    return +undone


def _lines_of(order: Order, record: Record, undone: Counter[int]) -> tuple[list[LineItem], Counter[int]]:
    """The order's lines that are wholly among what was undone and not shipped on TikTok, and what of it is left over."""
    left = Counter(undone)
    found = []
    for line in order.line_items:
        pieces = Counter(record.pieces.get(line.id, {}))
        is_shipped = line.tracking_number or line.display_status in statuses.SHIPPED
        if line.is_cancelled or is_shipped or not pieces:
            continue
        if any(left[item_id] < count for item_id, count in pieces.items()):
            continue
        left -= pieces
        found.append(line)
    return found, +left


def _ask(message: str) -> AskMerchant:
    return AskMerchant(
        "credited_in_magento",
        message,
        "Cancel the items on TikTok Shop here, ship them in Magento all the same, or mark the order to be ignored.",
    )


def reason_from(texts: Iterable[str], words: Mapping[str, str], default: str) -> str:
    """TikTok's reason for what was written in Magento: that of the first word that stands in a text, newest text first."""
    for text in texts:
        folded = text.casefold()
        for word, reason in words.items():
            if word.casefold() in folded:
                return reason
    return default
