"""Small factories for TikTok orders and bookings, taking only what matters to a test."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from connector.domain.amounts import book
from connector.domain.booking import Booking, MatchedProduct
from connector.domain.order import LineItem, Order, Payment, Recipient
from connector.domain.settings import ShopSettings

D = Decimal
MOMENT = datetime(2026, 11, 23, 11, 38, tzinfo=UTC)


def make_line(
    id: str, sku: str, price: str, *, seller: str = "0", platform: str = "0", tax: str = "0", **more: Any
) -> LineItem:
    """One unit of `sku`: its price before discounts, and who took what off it."""
    more.setdefault("sale_price", D(price) - D(seller) - D(platform))
    return LineItem(
        id=id,
        sku_id=f"17{sku}",
        seller_sku=sku,
        product_name=more.pop("product_name", sku.title()),
        original_price=more.pop("original_price", D(price)),
        seller_discount=D(seller),
        platform_discount=D(platform),
        item_tax=D(tax),
        **more,
    )


def make_order(
    *lines: LineItem,
    currency: str = "USD",
    country: str = "US",
    shipping: str = "0",
    shipping_tax: str = "0",
    fees: dict[str, str] | None = None,
    total: str | None = None,
    recipient: Recipient | None = None,
    order: dict[str, Any] | None = None,
    **payment: Any,
) -> Order:
    """An order whose payment follows from its lines by TikTok's identities, unless a test says otherwise."""
    fee_amounts = {name: D(amount) for name, amount in (fees or {}).items()}
    product_tax = sum((line.item_tax for line in lines), D(0))
    amounts: dict[str, Any] = {
        "original_total_product_price": sum(
            (line.sale_price + line.seller_discount + line.platform_discount for line in lines), D(0)
        ),
        "seller_discount": sum((line.seller_discount for line in lines), D(0)),
        "platform_discount": sum((line.platform_discount for line in lines), D(0)),
        "sub_total": sum((line.sale_price for line in lines), D(0)),
        "shipping_fee": D(shipping),
        "original_shipping_fee": D(shipping),
        "product_tax": product_tax,
        "shipping_fee_tax": D(shipping_tax),
        "tax": product_tax + D(shipping_tax),
    } | {name: D(value) if isinstance(value, str) else value for name, value in payment.items()}
    stated = amounts["sub_total"] + amounts["shipping_fee"] + amounts["tax"] + sum(fee_amounts.values())
    stated -= amounts.get("payment_platform_discount", D(0))
    return Order(
        id="577001",
        status="AWAITING_SHIPMENT",
        create_time=MOMENT,
        update_time=MOMENT,
        line_items=lines,
        recipient=recipient or Recipient(region_code=country, name="Ada Buyer", address_line1="1 Main St"),
        payment=Payment(
            currency=currency, total_amount=stated if total is None else D(total), fees=fee_amounts, **amounts
        ),
        **(order or {}),
    )


def same_skus(order: Order) -> dict[str, tuple[MatchedProduct, ...]]:
    """Each line item is the Magento product with the same SKU."""
    return {line.id: (MatchedProduct(sku=line.seller_sku, name=line.product_name),) for line in order.line_items}


def booked(
    order: Order,
    products: dict[str, tuple[MatchedProduct, ...]] | None = None,
    *,
    base_currency: str | None = None,
    base_rate: Decimal | None = None,
    **settings: Any,
) -> Booking:
    return book(
        order,
        same_skus(order) if products is None else products,
        ShopSettings(**settings),
        base_currency=base_currency or order.payment.currency,
        base_rate=base_rate,
    )
