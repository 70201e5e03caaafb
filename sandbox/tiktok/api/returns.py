"""Returns: search, records, the seller's decisions and evidence (operations of Return and Refund, and one of Products)."""

import hashlib
from collections.abc import Callable
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
from sandbox.tiktok.errors import REFUSED, ApiError
from sandbox.tiktok.gate import Call, Operation
from sandbox.tiktok.model import Order, Part, Return, Unit, total
from sandbox.tiktok.regions import money
from sandbox.tiktok.schema import fields, flag, many, number, text, upload
from sandbox.tiktok.shop_cancellations import REJECT_REASONS
from sandbox.tiktok.shop_offers import OFFERS
from sandbox.tiktok.shop_returns import RETURN_REJECT_REASONS, sub_line_id

APPROVALS = (
    "APPROVE_REFUND",
    "APPROVE_RETURN",
    "APPROVE_RECEIVED_PACKAGE",
    "APPROVE_REPLACEMENT",
    "ISSUE_REPLACEMENT_REFUND",
    "OFFER_PARTIAL_REFUND",
    "DIRECT_REFUND",
)
REJECTIONS = (
    "REJECT_REFUND",
    "REJECT_RETURN",
    "REJECT_RECEIVED_PACKAGE",
    "REJECT_REPLACEMENT",
    "OFFER_PARTIAL_REFUND_AFTER_RECEIVING_PKG",
)
CHECKED = (
    "APPROVE_REQUEST_CANCEL",
    "REJECT_REQUEST_CANCEL",
    "ISSUE_EXCHANGE_REFUND",
    *(decision for decision in APPROVALS + REJECTIONS if not decision.startswith("OFFER_")),
)
RETURN_TYPES = ("REFUND", "RETURN_AND_REFUND", "REPLACEMENT", "EXCHANGE")
NEXT_ACTIONS = {
    ("REFUND", "RETURN_OR_REFUND_REQUEST_PENDING"): "SELLER_RESPOND_REFUND",
    ("RETURN_AND_REFUND", "RETURN_OR_REFUND_REQUEST_PENDING"): "SELLER_RESPOND_RETURN",
    ("RETURN_AND_REFUND", "BUYER_SHIPPED_ITEM"): "SELLER_RESPOND_RECEIVE_PACKAGE",
    ("REPLACEMENT", "REPLACEMENT_REQUEST_PENDING"): "SELLER_RESPOND_REPLACEMENT",
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


def _offer(order: Order, back: Return) -> dict[str, Any]:
    """What the seller has offered; TikTok leaves it out where nothing was."""
    if back.offer is None:
        return {}
    return {
        "seller_proposed_return_type": "PARTIAL_REFUND",
        "partial_refund": {"currency": order.currency, "amount": money(back.offer, order.currency)},
        "buyer_rejected_partial_refund": back.is_offer_refused,
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
        **({"can_buyer_keep_item": True} if back.return_type == "REPLACEMENT" else {}),
        **_offer(order, back),
        "is_combined_return": False,
        "is_quick_refund": False,
        "return_shipping_document_type": "SHIPPING_LABEL",
        **(
            {"return_tracking_number": back.tracking_number, "return_provider_name": "USPS", "return_provider_id": "1"}
            if back.tracking_number
            else {}
        ),
        "return_warehouse_address": {"full_address": "1 Returns Road, Reno, Nevada 89501, United States"},
        "seller_next_action_response": [{"action": action, "deadline": back.update_time + RESPONSE_SECONDS}]
        if action
        else [],
        "return_line_items": [
            {
                "return_line_item_id": back.line_ids[unit.id],
                **line_document(order, unit),
                **({"return_sub_line_items": _sub_lines(order, unit, back)} if unit.parts else {}),
            }
            for unit in units
        ],
    }


def _sub_lines(order: Order, unit: Unit, back: Return) -> list[dict[str, Any]]:
    """The parts of a bundle that a return is about."""
    return [
        {
            "return_sub_line_item_id": sub_line_id(part.id),
            "return_line_item_id": back.line_ids[unit.id],
            "sub_order_line_item_id": part.id,
            "order_line_item_id": unit.id,
            "sku_id": part.sku.sku_id,
            "sku_name": part.sku.sku_name,
            "product_name": part.sku.product_name,
            "seller_sku": part.sku.seller_sku,
            "product_image": {"url": part.sku.image, "width": 200, "height": 200},
            "refund_amount": _part_refund(order, part),
        }
        for part in unit.parts
        if not back.part_ids or part.id in back.part_ids
    ]


def _part_refund(order: Order, part: Part) -> dict[str, str]:
    amounts = {"refund_total": part.sale_price + part.tax, "refund_subtotal": part.sale_price, "refund_tax": part.tax}
    return {"currency": order.currency, **{name: money(amount, order.currency) for name, amount in amounts.items()}}


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
        and (not body.get("seller_proposed_return_type") or r.offer is not None)
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


def decision_eligibility(call: Call) -> dict[str, Any]:
    """Get Decision Eligibility of a return, or of a cancellation that the buyer asks for; all decisions unless some are named."""
    wanted = call.query["return_or_cancel_id"]
    if wanted in call.shop.returns:
        possible = call.shop.decisions(wanted)
        reasons, status = RETURN_REJECT_REASONS, call.shop.returns[wanted].status
    else:
        status = call.shop.cancellation(wanted).status
        possible = ("APPROVE_REQUEST_CANCEL", "REJECT_REQUEST_CANCEL") if status == "PENDING" else ()
        reasons = REJECT_REASONS
    document = []
    for decision in call.query.get("check_decisions", CHECKED):
        entry: dict[str, Any] = {"decision": decision, "eligible": decision in possible}
        if decision not in possible:
            entry |= {"ineligible_code": 25001002, "ineligible_reason": f"The request is {status}"}
        elif decision.startswith("REJECT_"):
            entry["available_reject_reasons"] = [{"name": name, "text": told} for name, told in reasons.items()]
        document.append(entry)
    return {"decisions": document}


def _decide_once(call: Call, decide: Callable[[], object]) -> None:
    """Do it, unless this `idempotency_key` has decided about this return already."""
    key = (call.path["return_id"], call.query.get("idempotency_key", ""))
    if key[1] and key in call.shop.idempotency_keys:
        return
    decide()
    call.shop.idempotency_keys.add(key)


def approve_return(call: Call) -> None:
    """Approve Return; an offer with its amount."""
    return_id, decision, part = call.path["return_id"], call.body["decision"], call.body.get("partial_refund", {})
    if decision in OFFERS.values():
        _decide_once(
            call, lambda: call.shop.offer(return_id, decision, part.get("amount", ""), part.get("currency", ""))
        )
    else:
        _decide_once(call, lambda: call.shop.decide(return_id, decision))


def reject_return(call: Call) -> None:
    """Reject Return, with a reason that the eligibility names, and pictures that were uploaded before."""
    images = [image["image_id"] for image in call.body.get("images", [])]
    body, return_id = call.body, call.path["return_id"]
    if body["decision"] in OFFERS.values():
        part = body.get("partial_refund_amount", {})
        if body["reject_reason"] not in RETURN_REJECT_REASONS:
            raise ApiError(REFUSED, f"reject_reason is one of {', '.join(RETURN_REJECT_REASONS)}")
        amount, currency = part.get("partial_refund_total", ""), part.get("currency", "")
        _decide_once(call, lambda: call.shop.offer(return_id, body["decision"], amount, currency))
        return
    _decide_once(call, lambda: call.shop.decide(return_id, body["decision"], body["reject_reason"], images))


def upload_image(call: Call) -> dict[str, Any]:
    """Upload Product Image. Only pictures: the first bytes tell. (It is called without a shop: all see what was uploaded.)"""
    content = call.body["data"]
    if not content.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF")):
        raise ApiError(REFUSED, "the image format is not supported")
    uri = f"tos-useast5-i-sandbox/{hashlib.sha256(content).hexdigest()[:32]}"
    call.shop.images[uri] = content
    return {
        "uri": uri,
        "url": f"{call.base_url}/images/{uri}",
        "height": 600,
        "width": 600,
        "use_case": call.body.get("use_case", "MAIN_IMAGE"),
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
    Operation(
        "GET",
        "/return_refund/202601/decision_eligibility",
        decision_eligibility,
        query={
            "return_or_cancel_id": text(required=True),
            "check_decisions": many(text(*CHECKED)),
            "locale": text(),
        },
    ),
    Operation(
        "POST",
        "/return_refund/202309/returns/{return_id}/approve",
        approve_return,
        query={"idempotency_key": text()},
        body=fields(
            decision=text(*APPROVALS, required=True),
            buyer_keep_item=flag(),
            partial_refund=fields(currency=text(), amount=text()),
        ),
    ),
    Operation(
        "POST",
        "/return_refund/202606/returns/{return_id}/reject",
        reject_return,
        query={"idempotency_key": text()},
        body=fields(
            decision=text(*REJECTIONS, required=True),
            reject_reason=text(required=True),
            comment=text(),
            images=many(
                fields(image_id=text(required=True), mime_type=text(), height=number(), width=number()), maximum=6
            ),
            partial_refund_amount=fields(partial_refund_total=text(), currency=text()),
        ),
    ),
    Operation(
        "POST",
        "/product/202309/images/upload",
        upload_image,
        cipher=False,
        body=fields(
            data=upload(10 * 1024 * 1024, required=True),
            use_case=text(
                "MAIN_IMAGE",
                "ATTRIBUTE_IMAGE",
                "DESCRIPTION_IMAGE",
                "CERTIFICATION_IMAGE",
                "SIZE_CHART_IMAGE",
                "CUSTOMIZATION_IMAGE",
            ),
        ),
        multipart=True,
    ),
]
