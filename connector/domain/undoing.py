"""What of a Magento order is credited or cancelled, by the connector or by hand, and what is left of it. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

from connector.domain.magento_order import ZERO, MagentoItem, MagentoOrder
from connector.domain.money import minor_units
from connector.domain.order import Order
from connector.domain.returns import CENT
from connector.domain.steps import Record


def is_only_uninvoiced_left(magento: MagentoOrder) -> bool:
    """Whether what was invoiced is credited, and something is left that never was: that part can only be cancelled."""
    items = items_of(magento).values()
    return any(map(uninvoiced, items)) and not any(map(refundable, items))


def is_undone(magento: MagentoOrder) -> bool:
    """Whether all of an order is credited or cancelled, a part each, whatever state Magento gives such an order."""
    items = items_of(magento).values()
    is_something_left = any(map(uninvoiced, items)) or any(map(refundable, items))
    return bool(items) and not is_something_left and magento.total_refunded >= magento.total_paid


def pieces_of(record: Record, line_ids: Iterable[str]) -> Counter[int]:
    """How many of which Magento item some of the order's lines are. Lines that were never in Magento count nothing."""
    pieces: Counter[int] = Counter()
    for line_id in line_ids:
        pieces.update(record.pieces.get(line_id, {}))
    return pieces


def items_of(magento: MagentoOrder) -> dict[int, MagentoItem]:
    """The items that are counted, by their ids: without the parts of others."""
    return {item.item_id: item for item in magento.items if item.parent_item_id is None}


def credited(record: Record, kind: str) -> Counter[int]:
    """The pieces in credit memos of ours whose keys begin with `kind`."""
    total: Counter[int] = Counter()
    for credit in record.aftersales.credits:
        if credit.is_done and credit.key.startswith(kind):
            total.update(credit.pieces)
    return total


def lacking_for_lines(order: Order, record: Record, cancelled: Sequence[str], missing: Mapping[int, int]) -> Decimal:
    """What the credit memo of cancelled lines lacks of what they cost, less what those before it gave back.

    Nothing where a person credited some of them: what they gave back for it is theirs to say.
    """
    if Counter(missing) + credited(record, "lines:") != pieces_of(record, cancelled):
        return ZERO
    before = sum((one.total for one in record.aftersales.credits if one.is_done and one.key.startswith("lines:")), ZERO)
    return beyond_rounding(order, record.worth.lacking(cancelled, missing) - before, len(cancelled))


def beyond_rounding(order: Order, lacking: Decimal, count: int) -> Decimal:
    """An amount, or zero for what comes of rounding `count` units: Magento shares a row's cents out, and so did the booking."""
    rounding = count * Decimal(1).scaleb(-minor_units(order.payment.currency))
    return lacking.quantize(CENT, ROUND_HALF_UP) if abs(lacking) > rounding else ZERO


def refundable(item: MagentoItem) -> Decimal:
    """How many of it are invoiced and not credited."""
    return max(item.qty_invoiced - item.qty_refunded, ZERO)


def uninvoiced(item: MagentoItem) -> Decimal:
    """How many of it may still be invoiced."""
    return max(item.qty_ordered - item.qty_invoiced - item.qty_canceled, ZERO)


def credited_by_hand(order: Order, record: Record, magento: MagentoOrder) -> Counter[int]:
    """What is credited in Magento and stands in no credit memo of ours, beyond what was cancelled on TikTok."""
    return _by_hand(order, record, {item_id: item.qty_refunded for item_id, item in items_of(magento).items()})


def undone_by_hand(order: Order, record: Record, magento: MagentoOrder) -> Counter[int]:
    """What is credited or cancelled in Magento by hand, beyond what was cancelled on TikTok."""
    items = items_of(magento).items()
    return _by_hand(order, record, {item_id: item.qty_refunded + item.qty_canceled for item_id, item in items})


def _by_hand(order: Order, record: Record, quantities: Mapping[int, Decimal]) -> Counter[int]:
    ours, of_lines = credited(record, ""), credited(record, "lines:")
    cancelled = pieces_of(record, (line.id for line in order.line_items if line.is_cancelled))
    by_hand: Counter[int] = Counter()
    for item_id, quantity in quantities.items():
        beyond = int(quantity) - ours[item_id] - max(cancelled[item_id] - of_lines[item_id], 0)
        by_hand[item_id] = max(beyond, 0)
    return by_hand
