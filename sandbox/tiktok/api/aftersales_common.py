"""What cancellations and returns have in common: refunds, lines, filters, pages."""

from decimal import Decimal
from typing import Any

from sandbox.tiktok.api.paging import page
from sandbox.tiktok.gate import Call
from sandbox.tiktok.model import Order, Unit
from sandbox.tiktok.regions import money
from sandbox.tiktok.schema import Spec, many, number, text
from sandbox.tiktok.shop_returns import refund_of

RESPONSE_SECONDS = 2 * 86400
TIMES: dict[str, Any] = {f"{kind}_time_{end}": number(0) for kind in ("create", "update") for end in ("ge", "lt")}
PAGED: dict[str, Spec] = {
    "page_size": number(1, 50),
    "page_token": text(),
    "sort_field": text("create_time", "update_time"),
    "sort_order": text("ASC", "DESC"),
}
IDS = many(text())


def refund_document(order: Order, units: list[Unit], shipping: Decimal = Decimal(0)) -> dict[str, str]:
    """What the buyer gets back for units; `shipping` is what is given back of the fee with single ones."""
    amounts = refund_of(order, units)
    amounts["refund_shipping_fee"] += shipping
    amounts["refund_total"] += shipping
    return {"currency": order.currency, **{name: money(amount, order.currency) for name, amount in amounts.items()}}


def line_document(order: Order, unit: Unit) -> dict[str, Any]:
    return {
        "order_line_item_id": unit.id,
        "sku_id": unit.sku.sku_id,
        "sku_name": unit.sku.sku_name,
        "product_name": unit.sku.product_name,
        "seller_sku": unit.sku.seller_sku,
        "product_image": {"url": unit.sku.image, "width": 200, "height": 200},
        "refund_amount": {
            **refund_document(order, [unit]),
            "refund_total": money(unit.sale_price + unit.pfand_fee + unit.tax, order.currency),
        },
    }


def buyer_of(call: Call, order_id: str) -> str:
    return call.shop.order(order_id).buyer_id


def sorted_page(call: Call, found: list[Any]) -> tuple[list[Any], dict[str, Any]]:
    key = call.query.get("sort_field", "create_time")
    found.sort(key=lambda item: (getattr(item, key), item.id), reverse=call.query.get("sort_order", "DESC") == "DESC")
    return page(found, call.query, default_size=10)
