"""The credit memos that Magento lacks for a living order: cancelled lines, and refunds of TikTok's. A pure part of the plan."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

from connector.domain import marks, statuses
from connector.domain.magento_order import MagentoItem, MagentoOrder
from connector.domain.order import LineItem, Order
from connector.domain.plan_cancel import CreditInMagento, TellRefund
from connector.domain.returns import CENT, Cancellation, Return
from connector.domain.settings import ShopSettings
from connector.domain.steps import RESERVE, AskMerchant, CancelInMagento, Record, RefundInMagento, Step
from connector.domain.undoing import (
    beyond_rounding,
    credited,
    credited_by_hand,
    items_of,
    lacking_for_lines,
    pieces_of,
    refundable,
    uninvoiced,
)

ZERO = Decimal(0)


def in_magento(order: Order, record: Record, magento: MagentoOrder, settings: ShopSettings, way: str) -> list[Step]:
    """The credit memos that are missing in Magento for a living order: cancelled lines first, then refunds."""
    return (
        _cancelled_lines(order, record, magento, settings, way)
        or _cancelled_shipping(record, magento)
        or _refunds(order, record, magento, settings, way)
    )


def undone_delivery(record: Record, magento: MagentoOrder, settings: ShopSettings) -> RefundInMagento | None:
    """The credit memo for an order that TikTok cancelled because its parcel did not arrive, where the merchant wants it made.

    None, and a person decides: by the setting, and where Magento could not credit all of it with its stock.
    """
    items = items_of(magento)
    is_all = all(not uninvoiced(item) and _unshipped(item, 0) <= 0 for item in items.values())
    if not _credits_failed_delivery(record, settings) or not is_all or not magento.is_invoiced or magento.is_held:
        return None
    back = {item_id: int(refundable(item)) for item_id, item in items.items()}
    to_stock = settings.failed_delivery == "credit_stock"
    return RefundInMagento(tuple(sorted((i, quantity) for i, quantity in back.items() if quantity)) if to_stock else ())


def _credits_failed_delivery(record: Record, settings: ShopSettings) -> bool:
    return settings.failed_delivery != "tell" and marks.FAILED_DELIVERY in record.marks


def _cancelled_lines(
    order: Order, record: Record, magento: MagentoOrder, settings: ShopSettings, way: str
) -> list[Step]:
    cancelled = [line.id for line in order.line_items if line.is_cancelled]
    if not cancelled or magento.is_canceled or magento.is_closed:
        return []
    if _is_unclear(cancelled, record, magento):
        return [
            AskMerchant(
                "lines_unclear",
                "TikTok Shop cancelled single items, and it is not clear which of Magento's they are.",
                "Compare the two orders, credit the items in Magento, then mark the order to be ignored.",
            )
        ]
    wanted = pieces_of(record, cancelled)
    items, returned = items_of(magento), credited(record, "return:")
    missing: dict[int, int] = {}
    for item_id, quantity in wanted.items():
        if item_id in items:
            undone = items[item_id].qty_refunded + items[item_id].qty_canceled - returned[item_id]
            if quantity > undone:
                missing[item_id] = int(quantity - undone)
    if not missing:
        return []
    told = ", ".join(f"{quantity} × {items[item_id].sku}" for item_id, quantity in sorted(missing.items()))
    unshipped = {item_id: _unshipped(items[item_id], returned[item_id]) for item_id in missing}
    # Pieces of a product are alike for Magento: one of which a parcel has gone is not one of those that are still there.
    gone = pieces_of(record, (line.id for line in order.line_items if line.is_cancelled and line.tracking_number))
    is_shipped = way == RESERVE and any(
        quantity > unshipped[item_id] or (gone[item_id] > 0 and items[item_id].qty_shipped > 0)
        for item_id, quantity in missing.items()
    )
    if is_shipped and (
        not _credits_failed_delivery(record, settings) or any(quantity > 0 for quantity in unshipped.values())
    ):
        return [
            AskMerchant(
                "cancelled_after_shipping",
                f"TikTok Shop cancelled {told} after it was shipped in Magento.",
                "Ship the others of the product first: Magento takes what is credited for what was not shipped. Stop the parcel"
                " or wait for its return, then refund the items in Magento, or mark the order to be ignored."
                if any(quantity > 0 for quantity in unshipped.values())
                else "Stop the parcel or wait for its return, then refund the items in Magento, or mark the order to be ignored.",
            )
        ]
    if magento.is_held:
        return [_held(f"TikTok Shop cancelled {told}")]
    if all(uninvoiced(item) == missing.get(item_id, 0) for item_id, item in items.items()):
        # Only the rest was invoiced: cancelling takes just what was not.
        return [CancelInMagento()]
    if all(not uninvoiced(items[item_id]) and q <= refundable(items[item_id]) for item_id, q in missing.items()):
        digest = hashlib.sha256(",".join(sorted(cancelled)).encode()).hexdigest()[:32]
        to_stock = is_shipped and settings.failed_delivery == "credit_stock"
        said = f"{told} cancelled on TikTok Shop"
        return [
            CreditInMagento(
                f"lines:{digest}",
                tuple(sorted(missing.items())),
                said,
                adjustment=lacking_for_lines(order, record, cancelled, missing),
                to_stock=to_stock,
            )
        ]
    return [
        AskMerchant(
            "lines_cancelled_uninvoiced",
            f"TikTok Shop cancelled {told}. Magento cannot cancel single items of an order that is not invoiced.",
            "Invoice the other items in Magento (or all of them), then try again: the connector cancels or credits the rest.",
        )
    ]


def _is_unclear(cancelled: Iterable[str], record: Record, magento: MagentoOrder) -> bool:
    """Whether lines were cancelled of which it is not known which of Magento's items they are.

    Of an order that we did not book (another connector's), as many as were cancelled since it was made and not undone there.
    """
    unknown = [line_id for line_id in cancelled if line_id not in record.pieces]
    if record.booked_lines:
        return any(line_id in record.booked_lines for line_id in unknown)
    since = {
        line_id
        for one in record.aftersales.cancellations
        if one.is_carried_out and _is_later(one, magento)
        for line_id in one.line_ids
    }
    undone = sum(item.qty_refunded + item.qty_canceled for item in items_of(magento).values())
    return sum(line_id in since for line_id in unknown) > undone


def _is_later(one: Cancellation, magento: MagentoOrder) -> bool:
    return one.create_time is None or magento.created_at is None or one.create_time >= magento.created_at


def _cancelled_shipping(record: Record, magento: MagentoOrder) -> list[Step]:
    """The shipping fee that TikTok gave back with single cancelled lines, once for each of its cancellations."""
    if not magento.is_invoiced or magento.is_canceled or magento.is_closed:
        return []
    done = {credit.key for credit in record.aftersales.credits if credit.is_done}
    for one in record.aftersales.cancellations:
        key = shipping_key(one)
        # Lines that were cancelled before the order was made are not in it, and their shipping isn't either.
        if not one.is_carried_out or not one.refund_shipping or key in done or not record.pieces.keys() & one.line_ids:
            continue
        if magento.is_held:
            return [_held("TikTok Shop gave back shipping")]
        said = f"TikTok Shop gave back {one.refund_shipping} of the shipping fee with the cancelled items"
        return [CreditInMagento(key, (), said, shipping=shipping_of(one, record))]
    return []


def shipping_key(one: Cancellation) -> str:
    """The key of the credit memo for the shipping fee that TikTok gave back with a cancellation."""
    return f"shipping:{one.cancel_id}"


def shipping_of(one: Cancellation, record: Record) -> Decimal:
    """What that credit memo is to give back, without tax."""
    return _cents(one.refund_shipping * record.shipping_net_share)


def _unshipped(item: MagentoItem, returned: int) -> Decimal:
    credited_unshipped = max(item.qty_refunded - returned, ZERO)
    return item.qty_ordered - item.qty_canceled - item.qty_shipped - credited_unshipped


def _held(what: str) -> AskMerchant:
    return AskMerchant(
        "on_hold_in_magento",
        f"{what}, but the Magento order is on hold, where nothing can be credited.",
        "Take the order off hold in Magento, then try again.",
    )


# -- refunds -------------------------------------------------------------------------------------------------------------------


def _refunds(order: Order, record: Record, magento: MagentoOrder, settings: ShopSettings, way: str) -> list[Step]:
    """The first refund of TikTok's that Magento does not have; after it the Magento order is read again."""
    if _is_invoiced_later(order, magento, settings):
        return []
    for one in record.aftersales.returns:
        if one.is_refunded and not one.followed:
            return [_refund(order, record, magento, settings, way, one)]
    return []


def _is_invoiced_later(order: Order, magento: MagentoOrder, settings: ShopSettings) -> bool:
    """Whether an order has no invoice yet and gets one of ours by itself: what was refunded is credited then."""
    if not settings.invoice or magento.is_invoiced:
        return False
    is_paid_later = order.is_cod and order.status not in (statuses.DELIVERED, statuses.COMPLETED)
    return magento.state == "payment_review" or (is_paid_later and magento.state in ("new", "processing"))


def _refund(order: Order, record: Record, magento: MagentoOrder, settings: ShopSettings, way: str, one: Return) -> Step:
    said = f"TikTok Shop refunded {one.refund.total} {one.refund.currency or order.payment.currency}"
    if settings.refunds == "tell":
        return TellRefund(one.return_id, f"{said}; by the shop's settings no credit memo is made.")
    if magento.is_closed or magento.is_canceled:
        return TellRefund(one.return_id, f"{said}; the Magento order is undone already.", "credited")
    if magento.is_held and (magento.is_invoiced or settings.invoice):
        return _held(said)
    if not magento.is_invoiced:
        return TellRefund(one.return_id, f"{said}; the Magento order is not invoiced, so there is nothing to credit.")
    if one.is_offer_taken and one.offer != one.refund.total:
        return TellRefund(
            one.return_id,
            f"{said}, and says that {one.offer} was offered and not refused: which of the two the buyer got is not certain,"
            " so nothing is credited. Look in Seller Center, and make the credit memo in Magento.",
            needs_look=True,
        )
    lines = [line for line in order.line_items if line.id in one.line_ids]
    worth = sum((_worth(line) for line in lines), ZERO)
    for_items = one.refund.total - _shipping_with_tax(order, one)
    step = CreditInMagento(
        f"return:{one.return_id}",
        (),
        f"{said} ({one.reason_text or one.reason or 'no reason given'})",
        shipping=_magento_shipping(order, record, one),
        return_id=one.return_id,
    )
    if one.is_kept and for_items < worth - CENT * len(lines):
        # Some money back, and the buyer keeps what was sold: no item is undone.
        return replace(step, adjustment=for_items)
    if any(line.id not in record.pieces for line in lines if not line.is_cancelled):
        return TellRefund(
            one.return_id,
            f"{said}; it is not known which of Magento's items that is about, so nothing is credited. Make the credit memo in"
            " Magento.",
            needs_look=True,
        )
    if parts := _single_parts(lines, one):
        return TellRefund(
            one.return_id,
            f"{said}; that is about a part of a bundle ({parts}) and not about all of it, so nothing is credited. Make the credit"
            " memo in Magento.",
            needs_look=True,
        )
    pieces = pieces_of(record, (line.id for line in lines if not line.is_cancelled))
    by_hand = credited_by_hand(order, record, magento)
    left = {item_id: quantity - by_hand[item_id] for item_id, quantity in pieces.items() if quantity > by_hand[item_id]}
    step = replace(step, stands_for=tuple(sorted(pieces.items())))
    if pieces and not left:
        return replace(step, pieces=step.stands_for, only_found=True)
    to_credit = {item_id: int(refundable(item)) for item_id, item in items_of(magento).items()}
    left = {item_id: min(quantity, to_credit.get(item_id, 0)) for item_id, quantity in left.items()}
    if pieces and not any(left.values()) and not step.shipping:
        return TellRefund(
            one.return_id, f"{said}; nothing of it is invoiced and not credited yet, so there is nothing to credit."
        )
    adjustment = lacking = ZERO
    if left == dict(pieces):
        live = [line.id for line in lines if not line.is_cancelled]
        lacking = beyond_rounding(order, record.worth.lacking(live, pieces), len(live))
        adjustment = for_items - worth + lacking
    return replace(
        step,
        pieces=tuple(sorted((item_id, quantity) for item_id, quantity in left.items() if quantity)),
        adjustment=adjustment if abs(adjustment) >= CENT else ZERO,
        everything=not lacking and _is_everything(order, record, left, to_credit),
        to_stock=_to_stock(one, record, settings, way),
    )


def _single_parts(lines: Sequence[LineItem], one: Return) -> str:
    """What a refund is about of the bundles that it takes apart, in words; "" where it takes none apart.

    Which of Magento's items a part is, is not known: what is booked is the bundle, as it was mapped then.
    """
    parts = Counter(
        line.part_skus.get(part, part) for line in lines if one.is_of_parts(line) for part in one.parts[line.id]
    )
    return ", ".join(f"{count} × {sku}" for sku, count in parts.items())


def _worth(line: LineItem) -> Decimal:
    """What the buyer paid for a line, as far as TikTok gives it back with the line."""
    return line.sale_price + line.item_tax


def _shipping_with_tax(order: Order, one: Return) -> Decimal:
    payment = order.payment
    if not one.refund.shipping or not payment.shipping_fee:
        return one.refund.shipping
    return one.refund.shipping + _cents(payment.shipping_fee_tax * one.refund.shipping / payment.shipping_fee)


def _magento_shipping(order: Order, record: Record, one: Return) -> Decimal:
    """The refunded shipping without tax: where prices include tax, Magento's shipping amount does not."""
    return _cents(one.refund.shipping * record.shipping_net_share)


def _is_everything(order: Order, record: Record, left: Mapping[int, int], to_credit: Mapping[int, int]) -> bool:
    """Whether TikTok has given back all that the buyer paid, and Magento has nothing more to credit than this."""
    refunded = sum((one.refund.total for one in record.aftersales.returns if one.is_refunded), ZERO)
    is_last = {item_id: quantity for item_id, quantity in left.items() if quantity} == {
        item_id: quantity for item_id, quantity in to_credit.items() if quantity
    }
    with_items = all(credit.pieces for credit in record.aftersales.credits if credit.is_done)
    return is_last and with_items and abs(refunded - order.payment.total_amount) < CENT


def _to_stock(one: Return, record: Record, settings: ShopSettings, way: str) -> bool:
    if way != RESERVE:
        return False
    if one.should_replenish_stock is not None:
        return one.should_replenish_stock
    if _credits_failed_delivery(record, settings):
        return settings.failed_delivery == "credit_stock"
    return not one.is_kept and settings.return_to_stock


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)
