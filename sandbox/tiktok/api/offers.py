"""How much of the money may be offered to the buyer of a return (an operation of the group Return and Refund)."""

from typing import Any

from sandbox.tiktok.api.returns import CHECKED, REJECTIONS
from sandbox.tiktok.errors import REFUSED, ApiError
from sandbox.tiktok.gate import Call, Operation
from sandbox.tiktok.regions import money
from sandbox.tiktok.schema import many, number, text
from sandbox.tiktok.shop_offers import OFFERS
from sandbox.tiktok.shop_returns import RETURN_REJECT_REASONS

NAMES = tuple(dict.fromkeys(OFFERS.values()))


def review_decision(call: Call) -> dict[str, Any]:
    """Get Available Review Decisions of a return, item by item: those of the eligibility, and offers with their amounts.

    `seller_id` has to be the one of the shop.
    """
    if call.query["seller_id"] != int(call.shop.seller_id):
        raise ApiError(REFUSED, "seller_id is not that of the shop")
    wanted = call.query["return_or_cancel_id"]
    back = call.shop.return_(wanted)
    order, offers = call.shop.order(back.order_id), call.shop.offers(wanted)
    possible = {*call.shop.decisions(wanted), *([OFFERS[(back.return_type, back.status)]] if offers else [])}
    reasons = [{"name": name, "text": told} for name, told in RETURN_REJECT_REASONS.items()]
    lines = []
    for line_id in (back.line_ids[unit_id] for unit_id in back.unit_ids):
        decisions = []
        for decision in call.query.get("check_decisions", (*CHECKED, *NAMES)):
            entry: dict[str, Any] = {"decision": decision, "eligible": decision in possible}
            if decision not in possible:
                entry |= {"ineligible_code": 25001002, "ineligible_reason": f"The request is {back.status}"}
            elif decision in NAMES:
                least, most = offers[line_id]
                entry["partial_refund_amount_range"] = {
                    "min_amount": money(least, order.currency),
                    "max_amount": money(most, order.currency),
                    "currency": order.currency,
                }
            if decision in possible and decision in REJECTIONS:
                entry["available_reject_reasons"] = reasons
            decisions.append(entry)
        lines.append({"return_line_item_id": line_id, "sub_return_line_item_id": "", "decisions": decisions})
    return {"line_items": lines, "request_log_id": "", "errors": []}


OPERATIONS = [
    Operation(
        "GET",
        "/return_refund/202606/review_decision",
        review_decision,
        query={
            "seller_id": number(required=True),
            "return_or_cancel_id": text(required=True),
            "check_decisions": many(text(*CHECKED, *NAMES)),
            "locale": text(),
        },
    ),
]
