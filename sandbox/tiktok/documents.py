"""Orders as the API writes them: the document of `GET /order/202507/orders` and of `…/search`.

Field by field after the documentation in tiktok-shop-api's GetOrderDetailResponseDataOrder; a field that TikTok gives
only in some states is left out in the others.
"""

from decimal import Decimal
from typing import Any

from sandbox.tiktok import logistics
from sandbox.tiktok.addresses import emptied, masked
from sandbox.tiktok.model import PACKAGE_STATUS_OF, Order, Package, Part, Unit, payment_of
from sandbox.tiktok.regions import EU, REGIONS, money, rounded

DAY = 86400

# Given by Get Order Detail but not by Get Order List.
DETAIL_ONLY = frozenset(
    {"channel_entity_national_registry_id", "payment_method_code", "payment_card_type", "payment_auth_code"}
)


def recipient_of(order: Order) -> dict[str, Any]:
    """The recipient as this order shows it now: hidden while unpaid or on hold, by platform logistics, and at the end."""
    if order.status in ("UNPAID", "ON_HOLD"):
        return emptied(order.address) if order.hold_recipient == "empty" else masked(order.address)
    if order.masked or order.shipping_type == "TIKTOK" or order.is_over:
        return masked(order.address)
    return dict(order.address)


def _package_of(order: Order, unit: Unit) -> Package | None:
    return next((package for package in order.packages if package.id == unit.package_id), None)


def _shipping_fields(order: Order, unit: Unit) -> dict[str, Any]:
    package = _package_of(order, unit)
    fields: dict[str, Any] = {"package_id": unit.package_id, "tracking_number": "", "shipping_provider_id": ""}
    fields["shipping_provider_name"] = ""
    if package:
        fields["package_status"] = PACKAGE_STATUS_OF.get(unit.status, package.status)
        fields["tracking_number"] = package.tracking_number
        fields["shipping_provider_id"] = package.provider_id
        fields["shipping_provider_name"] = logistics.provider_name(package.provider_id)
        if package.shipped_at:
            fields["rts_time"] = package.shipped_at
    return fields


def _tax(amount: Decimal, rate: Decimal, order: Order) -> list[dict[str, str]]:
    if order.region != "US":
        return []
    return [{"tax_type": "SALES_TAX", "tax_amount": money(amount, order.currency), "tax_rate": str(rate)}]


def _display_status(unit: Unit) -> str:
    # An order has the status ON_HOLD, its lines have not (enum of `display_status`).
    return "AWAITING_SHIPMENT" if unit.status == "ON_HOLD" else unit.status


def _part_document(order: Order, unit: Unit, part: Part) -> dict[str, Any]:
    cur = order.currency
    document = {
        "id": part.id,
        "sku_id": part.sku.sku_id,
        "display_status": _display_status(unit),
        "product_id": part.sku.product_id,
        "product_name": part.sku.product_name,
        "sku_name": part.sku.sku_name,
        "seller_sku": part.sku.seller_sku,
        "sku_image": part.sku.image,
        "original_price": money(part.original_price, cur),
        "sale_price": money(part.sale_price, cur),
        "seller_discount": money(part.seller_discount, cur),
        "platform_discount": money(part.platform_discount, cur),
        "currency": cur,
        "item_tax": _tax(part.tax, unit.tax_rate, order),
        "is_dangerous_good": False,
        "warehouse_id": logistics.warehouse_id(order.shop_id),
        **_shipping_fields(order, unit),
    }
    if unit.status == "CANCELLED":
        document |= {"cancel_reason": unit.cancel_reason, "cancel_user": unit.cancel_user}
    return document


def line_item_document(order: Order, unit: Unit) -> dict[str, Any]:
    """One unit as an element of `line_items`."""
    cur = order.currency
    document: dict[str, Any] = {
        "id": unit.id,
        "sku_id": unit.sku.sku_id,
        "product_id": unit.sku.product_id,
        "product_name": unit.sku.product_name,
        "sku_name": unit.sku.sku_name,
        "sku_image": unit.sku.image,
        "seller_sku": unit.sku.seller_sku,
        "sku_type": order.options.get("order_type") or "NORMAL",
        "original_price": money(unit.original_price, cur),
        "sale_price": money(unit.sale_price, cur),
        "seller_discount": money(unit.seller_discount, cur),
        "platform_discount": money(unit.platform_discount, cur),
        "currency": cur,
        "display_status": _display_status(unit),
        "is_gift": unit.is_gift,
        "gift_retail_price": money(unit.gift_retail_price, cur),
        "is_dangerous_good": False,
        "needs_prescription": False,
        "is_unboxing_item": False,
        "is_pod_customized": False,
        "room_id": "",
        "item_tax": _tax(unit.tax, unit.tax_rate, order),
        **_shipping_fields(order, unit),
        **{fee: money(amount, cur) for fee, amount in unit.fees.items()},
    }
    if not unit.package_id:
        for name in ("package_id", "package_status"):
            document.pop(name, None)
    if unit.pfand_fee:
        document["pfand_fee"] = money(unit.pfand_fee, cur)
    if order.region in EU:
        rate = REGIONS[order.region].vat
        fee = payment_of(order)["shipping_fee"]
        document["shipping_vat_rate"] = str(rate)
        document["shipping_vat_amount"] = money(rounded(fee * rate / (1 + rate) / len(order.units), cur), cur)
    if unit.parts:
        counts: dict[str, int] = {}
        for part in unit.parts:
            counts[part.sku.seller_sku] = counts.get(part.sku.seller_sku, 0) + 1
        skus = {part.sku.seller_sku: part.sku for part in unit.parts}
        document["combined_listing_skus"] = [
            {"sku_id": skus[name].sku_id, "sku_count": count, "product_id": skus[name].product_id, "seller_sku": name}
            for name, count in counts.items()
        ]
        document["sub_item_info"] = [_part_document(order, unit, part) for part in unit.parts]
    if unit.status == "CANCELLED":
        document |= {"cancel_reason": unit.cancel_reason, "cancel_user": unit.cancel_user}
    return document


def payment_document(order: Order) -> dict[str, str]:
    document = {name: money(amount, order.currency) for name, amount in payment_of(order).items()}
    document["distance_shipping_fee"] = document["distance_fee"]
    return {"currency": order.currency, **document}


def _deadlines(order: Order) -> dict[str, int]:
    if not order.paid_time:
        return {"cancel_order_sla_time": order.create_time + 2 * DAY}
    paid = order.paid_time
    return {
        "rts_sla_time": paid + 2 * DAY,
        "tts_sla_time": paid + 3 * DAY,
        "cancel_order_sla_time": paid + 5 * DAY,
        "shipping_due_time": paid + 5 * DAY,
        "collection_due_time": paid + 7 * DAY,
        "delivery_sla_time": paid + 8 * DAY,
        "delivery_due_time": paid + 30 * DAY,
        "delivery_option_required_delivery_time": paid + 8 * DAY,
    }


def _payment_method(order: Order) -> dict[str, str]:
    if order.options.get("is_cod"):
        return {"payment_method_name": "Cash on delivery", "payment_method_code": "COD"}
    if order.region == "BR":
        return {
            "payment_method_name": "PIX",
            "payment_method_code": "PIX",
            "payment_auth_code": f"E{order.id}",
            "channel_entity_national_registry_id": "00.000.000/0001-91",
        }
    return {
        "payment_method_name": "Credit/debit card",
        "payment_method_code": "CCDC_VISA",
        "payment_card_type": "Credit",
    }


def order_document(order: Order, *, detail: bool = True) -> dict[str, Any]:
    """The whole order as `GET /order/202507/orders` gives it, or as `…/orders/search` does (`detail=False`)."""
    options = order.options
    document: dict[str, Any] = {
        "id": order.id,
        "status": order.status,
        "user_id": order.buyer_id,
        "buyer_email": options.get("buyer_email", f"v{order.buyer_id[-8:]}@scs.tiktokw.us"),
        "buyer_nickname": f"user{order.buyer_id[-6:]}",
        "buyer_avatar": f"https://p16-sign-va.tiktokcdn.com/sandbox/{order.buyer_id}.jpeg",
        "buyer_message": options.get("buyer_message", ""),
        "seller_note": options.get("seller_note", ""),
        "create_time": order.create_time,
        "update_time": order.update_time,
        "payment": payment_document(order),
        **_payment_method(order),
        "recipient_address": recipient_of(order),
        "line_items": [line_item_document(order, unit) for unit in order.units],
        "packages": [{"id": package.id} for package in order.packages],
        "fulfillment_type": order.fulfillment_type,
        "shipping_type": order.shipping_type,
        "delivery_type": "HOME_DELIVERY",
        "delivery_option_id": logistics.delivery_option_id(order.shop_id, order.shipping_type),
        "delivery_option_name": "Standard shipping" if order.shipping_type == "TIKTOK" else "Shipped by seller",
        "warehouse_id": logistics.warehouse_id(order.shop_id),
        "order_type": options.get("order_type", "NORMAL"),
        "commerce_platform": "TIKTOK_SHOP",
        "is_cod": bool(options.get("is_cod")),
        "is_sample_order": bool(options.get("is_sample")),
        "is_refundable_sample": False,
        "is_on_hold_order": order.was_on_hold or order.hold_seconds > 0,
        "is_buyer_request_cancel": bool(order.request_cancel_time),
        "is_replacement_order": bool(options.get("replaced_order_id")),
        "is_exchange_order": bool(options.get("exchange_source_order_id")),
        "is_subscription_order": bool(options.get("is_subscription")),
        "has_updated_recipient_address": order.address_updated,
        "need_upload_invoice": "NEED_INVOICE" if order.region == "BR" else "NO_NEED",
        "authentication_required": False,
        "auto_combine_group_id": "",
        "shipping_provider": "",
        "shipping_provider_id": "",
        "tracking_number": "",
        **_deadlines(order),
    }
    shipped = next((package for package in order.packages if package.tracking_number), None)
    if shipped:
        document["shipping_provider"] = logistics.provider_name(shipped.provider_id)
        document["shipping_provider_id"] = shipped.provider_id
        document["tracking_number"] = shipped.tracking_number
    moments = ("paid_time", "rts_time", "collection_time", "delivery_time", "cancel_time", "request_cancel_time")
    document |= {name: getattr(order, name) for name in moments if getattr(order, name)}
    for option in ("replaced_order_id", "exchange_source_order_id", "cpf", "cpf_name", "release_date"):
        if options.get(option):
            document[option] = options[option]
    if order.split or order.combined:
        document["split_or_combine_tag"] = "SPLIT" if order.split else "COMBINED"
    cancelled = next((unit for unit in order.units if unit.status == "CANCELLED"), None)
    if cancelled:
        document |= {"cancel_reason": cancelled.cancel_reason, "cancellation_initiator": cancelled.cancel_user}
    return document if detail else {name: value for name, value in document.items() if name not in DETAIL_ONLY}
