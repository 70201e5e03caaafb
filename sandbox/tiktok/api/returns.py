"""Returns: search and records (operations of the group Return and Refund)."""

from decimal import Decimal
from typing import Any

from sandbox.tiktok.api.aftersales_common import (
    IDS,
    PAGED,
    RESPONSE_SECONDS,
    TIMES,
    buyer_of,
    line_document,
    refund_document,
    sorted_page,
)
from sandbox.tiktok.api.orders import in_times
from sandbox.tiktok.gate import Call, Operation
from sandbox.tiktok.model import Order, Return, Unit, total
from sandbox.tiktok.regions import money
from sandbox.tiktok.schema import fields, many, text

RETURN_TYPES = ("REFUND", "RETURN_AND_REFUND", "REPLACEMENT", "EXCHANGE")
NEXT_ACTIONS = {
    ("REFUND", "RETURN_OR_REFUND_REQUEST_PENDING"): "SELLER_RESPOND_REFUND",
    ("RETURN_AND_REFUND", "RETURN_OR_REFUND_REQUEST_PENDING"): "SELLER_RESPOND_RETURN",
    ("RETURN_AND_REFUND", "BUYER_SHIPPED_ITEM"): "SELLER_RESPOND_RECEIVE_PACKAGE",
}


def _refund_amount(order: Order, units: list[Unit], back: Return) -> dict[str, str]:
    document = refund_document(order, units)
    if back.amount is None:
        return document
    part, nothing = money(back.amount, order.currency), money(Decimal(0), order.currency)
    return document | {
        "refund_total": part,
        "refund_subtotal": part,
        "refund_shipping_fee": nothing,
        "refund_tax": nothing,
    }


def _return_document(call: Call, back: Return) -> dict[str, Any]:
    order = call.shop.order(back.order_id)
    units = [order.unit(unit_id) for unit_id in back.unit_ids]
    action = NEXT_ACTIONS.get((back.return_type, back.status))
    discount = {
        "currency": order.currency,
        "product_seller_discount": money(total(u.seller_discount for u in units), order.currency),
        "product_platform_discount": money(total(u.platform_discount for u in units), order.currency),
        "shipping_fee_seller_discount": "0",
        "shipping_fee_platform_discount": "0",
    }
    fee = {
        "currency": order.currency,
        "seller_paid_return_shipping_fee": "0",
        "platform_paid_return_shipping_fee": "0",
        "buyer_paid_return_shipping_fee": "0",
    }
    return {
        "return_id": back.id,
        "order_id": order.id,
        "return_type": back.return_type,
        "return_status": back.status,
        "role": back.role,
        "return_reason": back.reason,
        "return_reason_text": "Item does not match the description",
        "shipment_type": "PLATFORM",
        "handover_method": "DROP_OFF",
        "return_method": "PLATFORM_SHIPPED",
        "create_time": back.create_time,
        "update_time": back.update_time,
        "refund_amount": _refund_amount(order, units, back),
        "discount_amount": [discount],
        "shipping_fee_amount": [fee],
        "is_combined_return": False,
        "is_quick_refund": False,
        "seller_next_action_response": [{"action": action, "deadline": back.update_time + RESPONSE_SECONDS}]
        if action
        else [],
        "return_line_items": [
            {"return_line_item_id": back.line_ids[unit.id], **line_document(order, unit)} for unit in units
        ],
    }


def search_returns(call: Call) -> dict[str, Any]:
    """Search Returns; `return_orders` is left out when there are none, as the documentation says."""
    body = call.body
    found = [
        r
        for r in call.shop.returns.values()
        if ("return_ids" not in body or r.id in body["return_ids"])
        and ("order_ids" not in body or r.order_id in body["order_ids"])
        and ("buyer_user_ids" not in body or buyer_of(call, r.order_id) in body["buyer_user_ids"])
        and ("return_types" not in body or r.return_type in body["return_types"])
        and ("return_status" not in body or r.status in body["return_status"])
        and not body.get("arbitration_status")
        and not body.get("seller_proposed_return_type")
        and in_times(r.create_time, r.update_time, body)
    ]
    shown, paging = sorted_page(call, found)
    documents = [_return_document(call, back) for back in shown]
    return {**({"return_orders": documents} if documents else {}), **paging}


def return_records(call: Call) -> dict[str, Any]:
    """Get Return Records: what has happened to a return, oldest first."""
    back = call.shop.return_(call.path["return_id"])
    return {
        "records": [
            {"event": event, "role": role, "description": told, "note": "", "images": [], "create_time": moment}
            for moment, event, role, told in back.records
        ]
    }


OPERATIONS = [
    Operation(
        "POST",
        "/return_refund/202602/returns/search",
        search_returns,
        query=PAGED,
        body=fields(
            return_ids=IDS,
            order_ids=IDS,
            buyer_user_ids=IDS,
            return_types=many(text(*RETURN_TYPES)),
            return_status=IDS,
            seller_proposed_return_type=many(text("PARTIAL_REFUND")),
            arbitration_status=many(text("IN_PROGRESS", "SUPPORT_BUYER", "SUPPORT_SELLER", "CLOSED")),
            locale=text(),
            **TIMES,
        ),
    ),
    Operation("GET", "/return_refund/202309/returns/{return_id}/records", return_records, query={"locale": text()}),
]
