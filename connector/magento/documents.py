"""The order documents sent to Magento, as pure functions of our values. Amounts stay `Decimal`; `transport.to_json` writes them.

Way A: `create_document` is a whole order, already complete (recording 95). Way B: first a cart (`cart_documents`), then
`correct_document` for the placed order (75), which never changes Magento's number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from connector.domain.booking import BookedRow, BookedTotals, Booking
from connector.domain.customers import Customer, customer_email, customer_group
from connector.domain.errors import Conflict
from connector.domain.magento_order import MagentoItem
from connector.domain.order import Order
from connector.domain.postal import PostalAddress
from connector.domain.settings import ShopSettings
from connector.magento.bundle_parts import part_documents
from connector.magento.cart_documents import order_address_document
from connector.magento.read import stamp

ZERO = Decimal(0)

Document = dict[str, Any]


def _customer(settings: ShopSettings, customer: Customer | None) -> Document:
    """Whose order it is, and the customer group (`customer_group_id` of Magento's own schema) where one is known."""
    group_id = customer_group(settings, customer)
    group = {} if group_id is None else {"customer_group_id": group_id}
    customer_id = customer.id if customer is not None else _fixed_customer(settings)
    return group if customer_id is None else {"customer_is_guest": 0, "customer_id": customer_id} | group


def _fixed_customer(settings: ShopSettings) -> int | None:
    return settings.fixed_customer_id if settings.customer_mode == "fixed" else None


def shipping_description(order: Order) -> str:
    """The column of Magento's order grid in which a person sees TikTok's number, or numbers; at most its 255 characters."""
    option = f" - {order.delivery_option_name}" if order.delivery_option_name else ""
    return f"TikTok Shop {', '.join(order.combined_ids or (order.id,))}{option}"[:255]


def create_document(
    order: Order,
    booking: Booking,
    address: PostalAddress,
    *,
    settings: ShopSettings,
    increment_id: str,
    store_id: int,
    billing: PostalAddress | None = None,
    customer: Customer | None = None,
) -> Document:
    """Way A: the order as an entity, paid, invoiced and shipped, so that Magento's stock stays as it is (95).

    To be given to `create_order`, which puts it into "entity". `increment_id` is ours and unique in the store view.
    `customer` is the one of the buyer's own, where the settings want one.
    """
    email = customer_email(order, settings)
    totals, base = booking.totals, booking.base_totals
    items = [_created_item(row) for row in booking.rows]
    document: Document = {
        "base_currency_code": booking.base_currency,
        "order_currency_code": booking.currency,
        "global_currency_code": booking.base_currency,
        "store_currency_code": booking.base_currency,
        **_rates(booking),
        "store_id": store_id,
        **({"customer_is_guest": 1} | _customer(settings, customer)),
        "customer_email": email,
        "customer_firstname": address.firstname,
        "customer_lastname": address.lastname,
        "ext_order_id": order.id,
        **_date(order, settings),
        "state": "complete",
        "status": "complete",
        **_totals(totals, base),
        "total_due": ZERO,
        "base_total_due": ZERO,
        "total_qty_ordered": sum(row.quantity for row in booking.rows),
        "shipping_description": shipping_description(order),
        "is_virtual": int(booking.is_virtual),
        "total_item_count": len(items),
        "items": items,
        "billing_address": order_address_document(billing or address, email, "billing"),
        "payment": {
            "method": payment_method(order, settings),
            "amount_ordered": totals.grand_total,
            "base_amount_ordered": base.grand_total,
            "additional_information": ["TikTok Shop"],
        },
        "extension_attributes": {
            "shipping_assignments": [
                {
                    "shipping": {
                        "address": order_address_document(address, email, "shipping"),
                        "method": f"{settings.shipping_carrier_code}_{settings.shipping_method_code}",
                        "total": {
                            "base_shipping_amount": base.shipping_amount,
                            "shipping_amount": totals.shipping_amount,
                        },
                    },
                    "items": items,
                }
            ]
        },
        "increment_id": increment_id,
        **_paid(totals, base),
    }
    return document


def correct_document(
    entity_id: int,
    item_ids: Mapping[str, int],
    booking: Booking,
    order: Order,
    *,
    settings: ShopSettings,
    item_skus: Mapping[str, str] | None = None,
    priced_parts: Mapping[str, Sequence[MagentoItem]] | None = None,
    customer: Customer | None = None,
) -> Document:
    """Way B, step 5: the placed order's amounts and references (75). Only before it is invoiced: `total_due` is all.

    `item_ids` are the order's items by `BookedRow.key`, which is the SKU where a product has no options; `item_skus` the SKUs
    that Magento gave them, where it made its own of a product with options.
    `priced_parts` are the items below an item, where those carry prices: of a bundle whose price is the sum of its parts
    Magento invoices the parts and not the bundle, so the row's amounts are shared out over them too.
    A customer, fixed or the buyer's own, is written here, not given to the cart: Magento would merge the customer's other
    open cart into it, and end that one, which may be another TikTok order on its way.
    Zeros are sent too: the store's own taxes and cart rules may have put something there. `increment_id` is left out on
    purpose: Magento files its reservations under the number that it gave. Raises Conflict where Magento's order has no
    item for a SKU of the booking.
    """
    totals, base = booking.totals, booking.base_totals
    return {
        "entity_id": entity_id,
        "ext_order_id": order.id,
        **_date(order, settings),
        "customer_email": customer_email(order, settings),
        **_customer(settings, customer),
        "order_currency_code": booking.currency,
        **_rates(booking),
        **_totals(totals, base),
        "discount_tax_compensation_amount": totals.discount_tax_compensation_amount,
        "base_discount_tax_compensation_amount": base.discount_tax_compensation_amount,
        "shipping_tax_amount": totals.shipping_tax_amount,
        "base_shipping_tax_amount": base.shipping_tax_amount,
        "shipping_discount_amount": totals.shipping_discount_amount,
        "base_shipping_discount_amount": base.shipping_discount_amount,
        "shipping_discount_tax_compensation_amount": ZERO,
        "base_shipping_discount_tax_compensation_amnt": ZERO,
        "total_due": totals.grand_total,
        "base_total_due": base.grand_total,
        "shipping_description": shipping_description(order),
        "items": [
            document
            for row in booking.rows
            for document in (
                _corrected_item(row, item_ids, (item_skus or {}).get(row.key, row.sku)),
                *part_documents(row, (priced_parts or {}).get(row.key, ()), booking),
            )
        ],
    }


def payment_method(order: Order, settings: ShopSettings) -> str:
    """The code of the payment method that an order is placed with."""
    return (settings.cod_payment_method if order.is_cod else "") or settings.payment_method


def _date(order: Order, settings: ShopSettings) -> Document:
    """The order's date in Magento, which sets one of its own only where none is given (20, 95)."""
    return {"created_at": stamp(order.create_time)} if settings.order_date == "tiktok" else {}


def _totals(totals: BookedTotals, base: BookedTotals) -> Document:
    """The order's totals; those that most orders do not have only where they are not 0. The discount is negative."""
    document: Document = {
        "subtotal": totals.subtotal,
        "base_subtotal": base.subtotal,
        "subtotal_incl_tax": totals.subtotal_incl_tax,
        "base_subtotal_incl_tax": base.subtotal_incl_tax,
        "discount_amount": -totals.discount_amount,
        "base_discount_amount": -base.discount_amount,
        "tax_amount": totals.tax_amount,
        "base_tax_amount": base.tax_amount,
        "shipping_amount": totals.shipping_amount,
        "base_shipping_amount": base.shipping_amount,
        "shipping_incl_tax": totals.shipping_incl_tax,
        "base_shipping_incl_tax": base.shipping_incl_tax,
        "grand_total": totals.grand_total,
        "base_grand_total": base.grand_total,
    }
    for name in ("discount_tax_compensation_amount", "shipping_tax_amount", "shipping_discount_amount"):
        if getattr(totals, name) or getattr(base, name):
            document[name] = getattr(totals, name)
            document[f"base_{name}"] = getattr(base, name)
    return document


def _paid(totals: BookedTotals, base: BookedTotals) -> Document:
    """Everything paid and invoiced, part by part: a credit memo takes each part from what was invoiced of it."""
    return {
        "total_paid": totals.grand_total,
        "base_total_paid": base.grand_total,
        "total_invoiced": totals.grand_total,
        "base_total_invoiced": base.grand_total,
        "subtotal_invoiced": totals.subtotal,
        "base_subtotal_invoiced": base.subtotal,
        "discount_invoiced": -totals.discount_amount,
        "base_discount_invoiced": -base.discount_amount,
        "tax_invoiced": totals.tax_amount,
        "base_tax_invoiced": base.tax_amount,
        "shipping_invoiced": totals.shipping_amount,
        "base_shipping_invoiced": base.shipping_amount,
    }


def base_to_order_rate(base_rate: Decimal) -> Decimal:
    """Units of the order's currency for one unit of base currency, as precise as Magento's columns."""
    return (1 / base_rate).quantize(Decimal("0.0001")) if base_rate else Decimal(1)


def _rates(booking: Booking) -> Document:
    """Magento's rates, where the order's currency is not the store's."""
    rate = base_to_order_rate(booking.base_rate)
    if booking.currency == booking.base_currency or not rate:
        return {}
    return {"base_to_order_rate": rate, "store_to_order_rate": rate}


def _amounts(row: BookedRow) -> Document:
    document: Document = {
        "price": row.price,
        "base_price": row.base_price,
        "original_price": row.price,
        "base_original_price": row.base_price,
        "row_total": row.row_total,
        "base_row_total": row.base_row_total,
        "discount_amount": row.discount_amount,
        "base_discount_amount": row.base_discount_amount,
        "tax_amount": row.tax_amount,
        "base_tax_amount": row.base_tax_amount,
        "tax_percent": row.tax_percent,
        "price_incl_tax": row.price_incl_tax,
        "base_price_incl_tax": row.base_price_incl_tax,
        "row_total_incl_tax": row.row_total_incl_tax,
        "base_row_total_incl_tax": row.base_row_total_incl_tax,
    }
    if row.discount_tax_compensation_amount or row.base_discount_tax_compensation_amount:
        document["discount_tax_compensation_amount"] = row.discount_tax_compensation_amount
        document["base_discount_tax_compensation_amount"] = row.base_discount_tax_compensation_amount
    return document


def _created_item(row: BookedRow) -> Document:
    """An item that is invoiced and shipped. A product that Magento does not have goes without product_id (27)."""
    document: Document = {
        "sku": row.sku,
        "name": row.name,
        "qty_ordered": row.quantity,
        **_amounts(row),
        "product_type": row.product_type,
    }
    if row.product_id is not None:
        document["product_id"] = row.product_id
    return document | {
        "qty_shipped": row.quantity,
        "qty_invoiced": row.quantity,
        "row_invoiced": row.row_total,
        "base_row_invoiced": row.base_row_total,
        "discount_invoiced": row.discount_amount,
        "base_discount_invoiced": row.base_discount_amount,
        "tax_invoiced": row.tax_amount,
        "base_tax_invoiced": row.base_tax_amount,
    }


def _corrected_item(row: BookedRow, item_ids: Mapping[str, int], sku: str) -> Document:
    if row.key not in item_ids:
        raise Conflict(
            f"Magento's order has no item with SKU {row.sku}.",
            code="magento_item_missing",
            remedy="Look in Magento whether the order was edited there.",
        )
    return {
        "item_id": item_ids[row.key],
        "sku": sku,
        **_amounts(row),
        "discount_percent": ZERO,
        "discount_tax_compensation_amount": row.discount_tax_compensation_amount,
        "base_discount_tax_compensation_amount": row.base_discount_tax_compensation_amount,
    }
