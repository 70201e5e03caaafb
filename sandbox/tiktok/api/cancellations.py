"""Cancellations: what may be cancelled, by whom, the buyer's requests (operations of the group Return and Refund)."""

from collections.abc import Callable
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
from sandbox.tiktok.errors import REFUSED, ApiError, bad_request
from sandbox.tiktok.gate import Call, Operation
from sandbox.tiktok.model import Cancellation, Order, Unit
from sandbox.tiktok.schema import fields, many, number, text
from sandbox.tiktok.shop_cancellations import REASON_TEXTS, REJECT_REASONS, SELLER_REASONS, UNSHIPPED
from sandbox.tiktok.shop_returns import RETURN_REJECT_REASONS

NOT_ELIGIBLE = 25001001
CANCEL_STATUSES = tuple(f"CANCELLATION_REQUEST_{s}" for s in ("PENDING", "SUCCESS", "CANCEL", "COMPLETE"))


def _eligible(unit: Unit, request_type: str) -> bool:
    if request_type == "CANCEL":
        return unit.status in UNSHIPPED
    return unit.status in ("IN_TRANSIT", "DELIVERED")


def eligibility(call: Call) -> dict[str, Any]:
    """Get Aftersale Eligibility: by SKU and request type, which lines may be cancelled or returned, and why."""
    order = call.shop.order(call.path["order_id"])
    types = call.query.get("request_types", ["CANCEL", "REFUND", "RETURN_AND_REFUND"])
    by_seller = call.query.get("initiate_aftersale_user", "SELLER") == "SELLER"
    skus: dict[str, list[Unit]] = {}
    for unit in order.units:
        skus.setdefault(unit.sku.sku_id, []).append(unit)
    document = []
    for sku_id, units in skus.items():
        entries: list[dict[str, Any]] = []
        for request_type in types:
            for eligible in (True, False):
                chosen = [unit for unit in units if _eligible(unit, request_type) is eligible]
                if not chosen:
                    continue
                entry: dict[str, Any] = {
                    "request_type": request_type,
                    "eligible": eligible,
                    "order_line_items_ids": [unit.id for unit in chosen],
                    "order_line_list": [{"order_line_item_id": unit.id} for unit in chosen],
                }
                if not eligible:
                    entry |= {"ineligible_code": NOT_ELIGIBLE, "ineligible_reason": f"The order is {order.status}"}
                elif request_type == "CANCEL" and by_seller:
                    entry["available_reason_names"] = list(SELLER_REASONS)
                entries.append(entry)
        document.append({"sku_id": sku_id, "line_item_eligibility": entries})
    return {"sku_eligibility": document}


def _lines_to_cancel(order: Order, body: dict[str, Any]) -> list[str] | None:
    """The units that a request names, by line or by SKU and quantity; None: all."""
    if body.get("order_line_list") and body.get("order_line_item_ids"):
        raise bad_request("'order_line_list' and 'order_line_item_ids' must not both be given")
    if body.get("order_line_list"):
        return [line["order_line_item_id"] for line in body["order_line_list"]]
    if body.get("order_line_item_ids"):
        return list(body["order_line_item_ids"])
    chosen: list[str] = []
    for sku in body.get("skus") or []:
        open_units = [unit.id for unit in order.open_units() if unit.sku.sku_id == sku["sku_id"]]
        if len(open_units) < sku["quantity"]:
            raise ApiError(REFUSED, f"order {order.id} has {len(open_units)} units of SKU {sku['sku_id']}")
        chosen += open_units[: sku["quantity"]]
    return chosen or None


def cancel(call: Call) -> dict[str, Any]:
    """Cancel Order, by the seller, for one of the reasons that the eligibility names."""
    order = call.shop.order(call.body["order_id"])
    if call.body["cancel_reason"] not in SELLER_REASONS:
        raise ApiError(REFUSED, f"cancel_reason is not available for this order: {call.body['cancel_reason']}")
    chosen = _lines_to_cancel(order, call.body)
    cancellation = call.shop.cancel(order.id, "SELLER", call.body["cancel_reason"], chosen)
    return {"cancel_id": cancellation.id, "cancel_status": "CANCELLATION_REQUEST_SUCCESS"}


def _cancellation_document(call: Call, cancellation: Cancellation) -> dict[str, Any]:
    order = call.shop.order(cancellation.order_id)
    units = [order.unit(unit_id) for unit_id in cancellation.unit_ids]
    document: dict[str, Any] = {
        "cancel_id": cancellation.id,
        "order_id": order.id,
        "cancel_type": cancellation.cancel_type,
        "cancel_status": f"CANCELLATION_REQUEST_{cancellation.status}",
        "role": cancellation.role,
        "cancel_reason": cancellation.reason,
        "cancel_reason_text": REASON_TEXTS.get(cancellation.reason, cancellation.reason),
        "create_time": cancellation.create_time,
        "update_time": cancellation.update_time,
        "refund_amount": refund_document(order, units, cancellation.shipping),
        "cancel_line_items": [
            {"cancel_line_item_id": cancellation.line_ids[unit.id], **line_document(order, unit)} for unit in units
        ],
        "should_replenish_stock": True,
        "seller_next_action_response": [],
    }
    if cancellation.status == "PENDING":
        deadline = cancellation.create_time + RESPONSE_SECONDS
        document["seller_next_action_response"] = [{"action": "SELLER_RESPOND_BUYER_CANCEL", "deadline": deadline}]
    return document


def search_cancellations(call: Call) -> dict[str, Any]:
    """Search Cancellations; newest first, unless the query says otherwise."""
    body = call.body
    found = [
        c
        for c in call.shop.cancellations.values()
        if ("cancel_ids" not in body or c.id in body["cancel_ids"])
        and ("order_ids" not in body or c.order_id in body["order_ids"])
        and ("buyer_user_ids" not in body or buyer_of(call, c.order_id) in body["buyer_user_ids"])
        and ("cancel_types" not in body or c.cancel_type in body["cancel_types"])
        and ("cancel_status" not in body or f"CANCELLATION_REQUEST_{c.status}" in body["cancel_status"])
        and in_times(c.create_time, c.update_time, body)
    ]
    shown, paging = sorted_page(call, found)
    return {"cancellations": [_cancellation_document(call, c) for c in shown], **paging}


def _settle_once(call: Call, settle: Callable[[], object]) -> None:
    """Do it, unless this `idempotency_key` has settled this cancellation already: then all is well as it is."""
    key = (call.path["cancel_id"], call.query.get("idempotency_key", ""))
    if key[1] and key in call.shop.idempotency_keys:
        return
    settle()
    call.shop.idempotency_keys.add(key)


def approve(call: Call) -> None:
    """Approve Cancellation."""
    _settle_once(call, lambda: call.shop.approve_cancellation(call.path["cancel_id"]))


def reject(call: Call) -> None:
    """Reject Cancellation, with a key of Get Reject Reasons."""
    reason = call.body["reject_reason"]
    _settle_once(call, lambda: call.shop.reject_cancellation(call.path["cancel_id"], reason))


def reject_reasons(call: Call) -> dict[str, Any]:
    """Get Reject Reasons of a cancellation or a return."""
    wanted = call.query["return_or_cancel_id"]
    if wanted in call.shop.returns:
        return {"reasons": [{"name": name, "text": told} for name, told in RETURN_REJECT_REASONS.items()]}
    call.shop.cancellation(wanted)
    return {"reasons": [{"name": name, "text": told} for name, told in REJECT_REASONS.items()]}


OPERATIONS = [
    Operation(
        "GET",
        "/return_refund/202602/orders/{order_id}/aftersale_eligibility",
        eligibility,
        query={
            "initiate_aftersale_user": text("BUYER", "SELLER"),
            "request_types": many(text("CANCEL", "REFUND", "RETURN_AND_REFUND")),
        },
    ),
    Operation(
        "POST",
        "/return_refund/202602/cancellations",
        cancel,
        body=fields(
            order_id=text(required=True),
            cancel_reason=text(required=True),
            skus=many(fields(sku_id=text(required=True), quantity=number(1, required=True))),
            order_line_item_ids=IDS,
            order_line_list=many(fields(order_line_item_id=text(required=True), sub_order_line_item_id=text())),
        ),
    ),
    Operation(
        "POST",
        "/return_refund/202602/cancellations/search",
        search_cancellations,
        query=PAGED,
        body=fields(
            cancel_ids=IDS,
            order_ids=IDS,
            buyer_user_ids=IDS,
            cancel_types=many(text("CANCEL", "BUYER_CANCEL")),
            cancel_status=many(text(*CANCEL_STATUSES)),
            locale=text(),
            **TIMES,
        ),
    ),
    Operation(
        "POST",
        "/return_refund/202309/cancellations/{cancel_id}/approve",
        approve,
        query={"idempotency_key": text()},
        body=fields(),
    ),
    Operation(
        "POST",
        "/return_refund/202309/cancellations/{cancel_id}/reject",
        reject,
        query={"idempotency_key": text()},
        body=fields(
            reject_reason=text(required=True),
            comment=text(),
            images=many(fields(image_id=text(required=True), mime_type=text(), height=number(), width=number())),
        ),
    ),
    Operation(
        "GET",
        "/return_refund/202309/reject_reasons",
        reject_reasons,
        query={"return_or_cancel_id": text(required=True), "locale": text()},
    ),
]
