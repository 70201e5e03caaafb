"""Magento's documents become values. Absent fields get their defaults; an id that is missing is an error."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from connector.domain.magento_order import (
    MagentoComment,
    MagentoCreditmemo,
    MagentoItem,
    MagentoOrder,
    MagentoShipment,
    MagentoTrack,
)
from connector.magento import read

Document = Mapping[str, Any]

#: What is asked of an order (`fields=`): what MagentoOrder has, and so nothing about the buyer.
ORDER_FIELDS = (
    "entity_id,increment_id,state,status,grand_total,store_id,quote_id,ext_order_id,relation_child_real_id,"
    "order_currency_code,subtotal,discount_amount,tax_amount,shipping_amount,total_due,total_paid,total_invoiced,"
    "total_refunded,total_canceled,shipping_description,created_at,updated_at,"
    "items[item_id,sku,name,product_id,product_type,parent_item_id,qty_ordered,qty_invoiced,qty_shipped,qty_refunded,"
    "qty_canceled,price,row_total,discount_amount,tax_amount],"
    "status_histories[comment,status,created_at]"
)
#: What of an order can change by what the merchant does in Magento's admin.
CHANGING_ORDER_FIELDS = (
    "entity_id,updated_at,state,status,total_refunded,total_canceled,"
    "items[item_id,sku,qty_ordered,qty_invoiced,qty_shipped,qty_refunded,qty_canceled]"
)
SHIPMENT_FIELDS = (
    "entity_id,order_id,created_at,updated_at,"
    "tracks[entity_id,track_number,carrier_code,title],items[order_item_id,qty]"
)
CREDITMEMO_FIELDS = (
    "entity_id,increment_id,order_id,grand_total,shipping_amount,adjustment_positive,adjustment_negative,created_at,"
    "items[order_item_id,qty],comments[comment]"
)


def order_from_document(document: Document) -> MagentoOrder:
    """An order as GET /V1/orders/{id}, a search or POST /V1/orders answers it (22, 29, 71)."""
    return MagentoOrder(
        entity_id=int(document["entity_id"]),
        increment_id=read.text(document, "increment_id"),
        state=read.text(document, "state"),
        status=read.text(document, "status"),
        grand_total=read.amount(document, "grand_total"),
        store_id=read.whole(document, "store_id") or 1,
        quote_id=read.whole(document, "quote_id"),
        ext_order_id=read.text(document, "ext_order_id"),
        relation_child_real_id=read.text(document, "relation_child_real_id"),
        order_currency_code=read.text(document, "order_currency_code"),
        subtotal=read.amount(document, "subtotal"),
        discount_amount=read.amount(document, "discount_amount"),
        tax_amount=read.amount(document, "tax_amount"),
        shipping_amount=read.amount(document, "shipping_amount"),
        total_due=read.amount(document, "total_due"),
        total_paid=read.amount(document, "total_paid"),
        total_invoiced=read.amount(document, "total_invoiced"),
        total_refunded=read.amount(document, "total_refunded"),
        total_canceled=read.amount(document, "total_canceled"),
        shipping_description=read.text(document, "shipping_description"),
        items=tuple(map(_item, read.rows(document, "items"))),
        comments=tuple(map(_comment, read.rows(document, "status_histories"))),
        created_at=read.moment(document, "created_at"),
        updated_at=read.moment(document, "updated_at"),
    )


def _item(document: Document) -> MagentoItem:
    return MagentoItem(
        item_id=int(document["item_id"]),
        sku=read.text(document, "sku"),
        name=read.text(document, "name"),
        product_id=read.whole(document, "product_id"),
        product_type=read.text(document, "product_type") or "simple",
        parent_item_id=read.whole(document, "parent_item_id"),
        qty_ordered=read.amount(document, "qty_ordered"),
        qty_invoiced=read.amount(document, "qty_invoiced"),
        qty_shipped=read.amount(document, "qty_shipped"),
        qty_refunded=read.amount(document, "qty_refunded"),
        qty_canceled=read.amount(document, "qty_canceled"),
        price=read.amount(document, "price"),
        row_total=read.amount(document, "row_total"),
        discount_amount=read.amount(document, "discount_amount"),
        tax_amount=read.amount(document, "tax_amount"),
    )


def _comment(document: Document) -> MagentoComment:
    return MagentoComment(
        comment=read.text(document, "comment"),
        status=read.text(document, "status"),
        created_at=read.moment(document, "created_at"),
    )


def shipment_from_document(document: Document) -> MagentoShipment:
    """A shipment as GET /V1/shipments lists it (46, 59)."""
    return MagentoShipment(
        entity_id=int(document["entity_id"]),
        order_id=int(document["order_id"]),
        quantities=_quantities(document),
        tracks=tuple(map(track_from_document, read.rows(document, "tracks"))),
        created_at=read.moment(document, "created_at"),
        updated_at=read.moment(document, "updated_at"),
    )


def track_from_document(document: Document) -> MagentoTrack:
    """A tracking number, in a shipment or as POST /V1/shipment/track answers it (90)."""
    return MagentoTrack(
        track_number=read.text(document, "track_number"),
        carrier_code=read.text(document, "carrier_code"),
        title=read.text(document, "title"),
        entity_id=read.whole(document, "entity_id"),
    )


def creditmemo_from_document(document: Document) -> MagentoCreditmemo:
    """A credit memo as GET /V1/creditmemos lists it."""
    return MagentoCreditmemo(
        entity_id=int(document["entity_id"]),
        order_id=int(document["order_id"]),
        grand_total=read.amount(document, "grand_total"),
        quantities=_quantities(document),
        shipping_amount=read.amount(document, "shipping_amount"),
        adjustment_positive=read.amount(document, "adjustment_positive"),
        adjustment_negative=read.amount(document, "adjustment_negative"),
        increment_id=read.text(document, "increment_id"),
        comments=tuple(read.text(row, "comment") for row in read.rows(document, "comments")),
        created_at=read.moment(document, "created_at"),
    )


def _quantities(document: Document) -> Mapping[int, Decimal]:
    quantities: dict[int, Decimal] = {}
    for row in read.rows(document, "items"):
        item_id = int(row["order_item_id"])
        quantities[item_id] = quantities.get(item_id, Decimal(0)) + read.amount(row, "qty")
    return quantities
