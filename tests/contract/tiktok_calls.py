"""One example of every call that the TikTok client makes: how it is made, and an answer as the documentation describes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from connector.tiktok.client import TikTokClient
from connector.tiktok.fulfilment_calls import OrderLine, PickupSlot
from connector.tiktok.return_calls import Image

SINCE = datetime(2025, 11, 24, 15, 0, tzinfo=UTC)
UNTIL = datetime(2025, 11, 24, 16, 0, tzinfo=UTC)
LINES = [OrderLine(order_line_id="11"), OrderLine(order_line_id="12", sub_item_id="121")]

TRANSACTION = {
    "id": "73",
    "order_id": "5",
    "adjustment_order_id": "5",
    "associated_order_id": "5",
    "settlement_amount": "9.00",
    "revenue_amount": "10.00",
    "shipping_cost_amount": "0",
    "fee_tax_amount": "1.00",
    "adjustment_amount": "0",
    "reserve_amount": "0",
    "revenue_breakdown": {"subtotal_before_discount_amount": "10.00"},
    "fee_tax_breakdown": {
        "fee": {"platform_commission_amount": "0.60"},
        "tax": {"sales_tax_referral_fee_amount": "0.40"},
    },
    "shipping_cost_breakdown": {"actual_shipping_fee_amount": "0"},
}


@dataclass(frozen=True)
class Example:
    method: str  # of TikTokClient
    make: Callable[[TikTokClient], Any]
    data: dict[str, Any] = field(default_factory=dict)
    note: str = ""


EXAMPLES = [
    Example(
        "get_authorized_shops",
        lambda client: client.get_authorized_shops(),
        {"shops": [{"id": "7", "name": "S", "region": "GB", "seller_type": "LOCAL", "cipher": "C", "code": "GBL"}]},
    ),
    Example(
        "search_orders",
        lambda client: client.search_orders(
            order_status="ON_HOLD",
            create_time_ge=SINCE,
            create_time_lt=UNTIL,
            update_time_ge=SINCE,
            update_time_lt=UNTIL,
            shipping_type="SELLER",
            sort_field="create_time",
            sort_order="DESC",
            page_size=100,
            page_token="T",
        ),
        {"orders": [{"id": "5", "status": "ON_HOLD"}], "next_page_token": "U", "total_count": 1},
    ),
    Example("search_orders", lambda client: client.search_orders(), note="without filters"),
    Example(
        "get_orders",
        lambda client: client.get_orders(["5", "6"]),
        {"orders": [{"id": "5", "status": "ON_HOLD"}, {"id": "6", "status": "UNPAID"}]},
    ),
    Example(
        "add_external_order_reference",
        lambda client: client.add_external_order_reference("5", {"11": "3", "12": "4"}, "000000012"),
        note="with Magento's ids of the items",
    ),
    Example(
        "create_package",
        lambda client: client.create_package("5", LINES),
        {"package_id": "99"},
    ),
    Example(
        "create_package",
        lambda client: client.create_package("5"),
        {"package_id": "99"},
        note="the whole order",
    ),
    Example(
        "mark_package_as_shipped",
        lambda client: client.mark_package_as_shipped("5", "1Z 999", "77", LINES),
        {"order_id": "5", "order_line_item_ids": ["11", "12"], "package_id": "99"},
    ),
    Example(
        "mark_package_as_shipped",
        lambda client: client.mark_package_as_shipped("5", "1Z999", "77"),
        {"order_id": "5", "package_id": "99"},
        note="the whole order",
    ),
    Example(
        "ship_package",
        lambda client: client.ship_package("99", tracking_number="1Z999", shipping_provider_id="77"),
        note="own carrier",
    ),
    Example(
        "ship_package",
        lambda client: client.ship_package(
            "99", handover_method="PICKUP", pickup_slot=PickupSlot(start_time=SINCE, end_time=UNTIL)
        ),
        note="picked up",
    ),
    Example(
        "ship_package",
        lambda client: client.ship_package("99", handover_method="DROP_OFF"),
        note="dropped off",
    ),
    Example("update_order_shipping_info", lambda client: client.update_order_shipping_info("5", "1Z998", "77")),
    Example("update_package_shipping_info", lambda client: client.update_package_shipping_info("99", "1Z998", "77")),
    Example(
        "handover_time_slots",
        lambda client: client.handover_time_slots("99"),
        {
            "can_pickup": True,
            "can_drop_off": False,
            "can_van_collection": False,
            "drop_off_point_url": "https://drop.test/",
            "pickup_slots": [
                {"start_time": 1764000000, "end_time": 1764003600, "avaliable": True},
                {"start_time": 1764003600, "end_time": 1764007200, "avaliable": False},
            ],
        },
    ),
    Example(
        "shipping_documents",
        lambda client: client.shipping_documents("99", "SHIPPING_LABEL", document_size="A6", document_format="PDF"),
        {"doc_url": "https://label.test/1", "tracking_number": "1Z999"},
    ),
    Example(
        "tracking",
        lambda client: client.tracking("5"),
        {"tracking": [{"description": "Collected", "update_time_millis": 1764000000123, "action_code": 3}]},
    ),
    Example(
        "warehouses",
        lambda client: client.warehouses(),
        {
            "warehouses": [
                {
                    "id": "1",
                    "name": "W",
                    "type": "SALES_WAREHOUSE",
                    "effect_status": "ENABLED",
                    "is_default": True,
                    "address": {"region": "GB"},
                }
            ]
        },
    ),
    Example(
        "delivery_options",
        lambda client: client.delivery_options("1"),
        {"delivery_options": [{"id": "2", "name": "Standard", "type": "SEND_BY_SELLER"}]},
    ),
    Example(
        "shipping_providers",
        lambda client: client.shipping_providers("2"),
        {"shipping_providers": [{"id": "77", "name": "Royal Mail"}]},
    ),
    Example(
        "aftersale_eligibility",
        lambda client: client.aftersale_eligibility("5"),
        {
            "sku_eligibility": [
                {
                    "sku_id": "s",
                    "line_item_eligibility": [
                        {
                            "request_type": "CANCEL",
                            "eligible": True,
                            "order_line_list": [{"order_line_item_id": "11"}],
                            "available_reason_names": ["seller_cancel_reason_out_of_stock"],
                        },
                        {
                            "request_type": "CANCEL",
                            "eligible": False,
                            "order_line_items_ids": ["12"],
                            "ineligible_code": 25,
                            "ineligible_reason": "shipped",
                        },
                    ],
                }
            ]
        },
    ),
    Example(
        "cancel_order",
        lambda client: client.cancel_order("5", "seller_cancel_reason_out_of_stock"),
        {"cancel_id": "8", "cancel_status": "CANCELLATION_REQUEST_SUCCESS"},
    ),
    Example(
        "cancel_order",
        lambda client: client.cancel_order("5", "seller_cancel_reason_out_of_stock", lines=LINES),
        {"cancel_id": "8", "cancel_status": "CANCELLATION_REQUEST_PENDING"},
        note="some lines",
    ),
    Example(
        "search_cancellations",
        lambda client: client.search_cancellations(
            order_ids=["5"],
            cancel_ids=["8"],
            cancel_types=["BUYER_CANCEL"],
            cancel_status=["CANCELLATION_REQUEST_PENDING"],
            update_time_ge=SINCE,
            update_time_lt=UNTIL,
            locale="en-GB",
            page_token="T",
        ),
        {"cancellations": [{"cancel_id": "8", "order_id": "5"}], "next_page_token": "", "total_count": 1},
    ),
    Example("approve_cancellation", lambda client: client.approve_cancellation("8", idempotency_key="k")),
    Example(
        "reject_cancellation",
        lambda client: client.reject_cancellation("8", "shipped", comment="It is on its way.", idempotency_key="k"),
    ),
    Example(
        "reject_reasons",
        lambda client: client.reject_reasons("8", locale="en-GB"),
        {"reasons": [{"name": "shipped", "text": "Already shipped"}]},
    ),
    Example(
        "search_returns",
        lambda client: client.search_returns(
            order_ids=["5"],
            return_ids=["9"],
            return_types=["REFUND"],
            return_status=["AWAITING_BUYER_SHIP"],
            update_time_ge=SINCE,
            update_time_lt=UNTIL,
            locale="en-GB",
            page_token="T",
        ),
        {"return_orders": [{"return_id": "9", "order_id": "5"}], "next_page_token": "", "total_count": 1},
    ),
    Example(
        "return_records", lambda client: client.return_records("9"), {"records": [{"event": "E", "role": "BUYER"}]}
    ),
    Example(
        "decision_eligibility",
        lambda client: client.decision_eligibility("9", check_decision="REJECT_RETURN", locale="en-GB"),
        {
            "decisions": [
                {"decision": "APPROVE_RETURN", "eligible": False, "ineligible_reason": "over", "ineligible_code": 25},
                {
                    "decision": "REJECT_RETURN",
                    "eligible": True,
                    "available_reject_reasons": [{"name": "used", "text": "It was used"}],
                },
            ]
        },
    ),
    Example(
        "review_decisions",
        lambda client: client.review_decisions("9", "86", check_decision="OFFER_PARTIAL_REFUND", locale="en-GB"),
        {
            "line_items": [
                {
                    "return_line_item_id": "91",
                    "sub_return_line_item_id": "",
                    "decisions": [
                        {
                            "decision": "OFFER_PARTIAL_REFUND",
                            "eligible": True,
                            "partial_refund_amount_range": {
                                "min_amount": "0.50",
                                "max_amount": "4.00",
                                "currency": "GBP",
                            },
                            "available_reject_reasons": [{"name": "used", "text": "It was used"}],
                        },
                        {
                            "decision": "OFFER_PARTIAL_REFUND_AFTER_RECEIVING_PKG",
                            "eligible": False,
                            "ineligible_code": 25,
                            "ineligible_reason": "not sent",
                        },
                    ],
                }
            ],
            "request_log_id": "r",
            "errors": [{"code": "1", "message": "no"}],
        },
    ),
    Example(
        "seller_ids",
        lambda client: client.seller_ids(),
        {
            "shop_group_data": {
                "shops": [{"shop_id": "7", "seller_id": "86", "shop_name": "S", "shop_region": "GB"}],
            }
        },
    ),
    Example("approve_return", lambda client: client.approve_return("9", "APPROVE_RETURN", idempotency_key="k")),
    Example(
        "approve_return",
        lambda client: client.approve_return(
            "9", "OFFER_PARTIAL_REFUND", offer=Decimal("2.50"), currency="GBP", idempotency_key="k"
        ),
        note="with an offer",
    ),
    Example(
        "reject_return",
        lambda client: client.reject_return(
            "9",
            "OFFER_PARTIAL_REFUND_AFTER_RECEIVING_PKG",
            "used",
            offer=Decimal("2.50"),
            currency="GBP",
            idempotency_key="k",
        ),
        note="with an offer",
    ),
    Example(
        "reject_return",
        lambda client: client.reject_return(
            "9",
            "REJECT_RETURN",
            "used",
            comment="It was worn.",
            images=[Image(uri="tos/1", width=600, height=400, mime_type="image/jpeg")],
            idempotency_key="k",
        ),
    ),
    Example(
        "upload_image",
        lambda client: client.upload_image(b"\xff\xd8\xff", file_name="1.jpg", mime_type="image/jpeg"),
        {"uri": "tos/1", "url": "https://image.test/1", "width": 600, "height": 400, "use_case": "DESCRIPTION_IMAGE"},
        note="as a form",
    ),
    Example(
        "statements",
        lambda client: client.statements(since=SINCE, page_token="T"),
        {
            "statements": [
                {
                    "id": "76",
                    "statement_time": 1764000000,
                    "currency": "GBP",
                    "settlement_amount": "9.00",
                    "revenue_amount": "10.00",
                    "fee_amount": "1.00",
                    "adjustment_amount": "0",
                    "shipping_cost_amount": "0",
                    "payment_status": "PAID",
                    "payment_id": "75",
                    "payment_time": 1764000000,
                }
            ],
            "next_page_token": "U",
        },
    ),
    Example(
        "statement_transactions",
        lambda client: client.statement_transactions("76", page_token="T"),
        {"transactions": [TRANSACTION | {"type": "ORDER"}], "payable_amount": "9.00", "total_reserve_amount": "0"},
    ),
    Example(
        "unsettled_transactions",
        lambda client: client.unsettled_transactions(page_token="T"),
        {
            "transactions": [
                {
                    "id": "73",
                    "type": "ORDER",
                    "currency": "GBP",
                    "order_id": "5",
                    "estimated_settlement": "Delivered + 8 days",
                    "unsettled_reason": "on its way",
                    "est_settlement_amount": "9.00",
                    "est_revenue_amount": "10.00",
                    "est_shipping_cost_amount": "0",
                    "est_fee_tax_amount": "1.00",
                    "est_adjustment_amount": "0",
                }
            ]
        },
    ),
    Example(
        "payments",
        lambda client: client.payments(since=SINCE, page_token="T"),
        {
            "payments": [
                {
                    "id": "75",
                    "status": "PAID",
                    "create_time": 1764000000,
                    "paid_time": 1764000000,
                    "bank_account": "****1234",
                    "amount": {"value": "9.00", "currency": "GBP"},
                    "settlement_amount": {"value": "9.00", "currency": "GBP"},
                }
            ]
        },
    ),
    Example(
        "split_attributes",
        lambda client: client.split_attributes("5"),
        {"split_attributes": [{"order_id": "5", "can_split": False, "must_split": False, "reason": "one item"}]},
    ),
    Example("split_order", lambda client: client.split_order("5", [["11"], ["12"]])),
    Example(
        "combinable_packages",
        lambda client: client.combinable_packages(page_token="T"),
        {"combinable_packages": [{"id": "1", "order_ids": ["5", "6"]}], "next_page_token": "", "total_count": 1},
    ),
    Example(
        "combine_packages",
        lambda client: client.combine_packages("1", ["5", "6"]),
        {"packages": [{"id": "2", "order_ids": ["5", "6"]}], "errors": [{"code": 1, "message": "no"}]},
    ),
    Example("uncombine_package", lambda client: client.uncombine_package("2", ["5"])),
    Example(
        "list_webhooks",
        lambda client: client.list_webhooks(),
        {"webhooks": [{"event_type": "ORDER_STATUS_CHANGE", "address": "https://us.test/"}], "total_count": 1},
    ),
    Example(
        "subscribe_webhook",
        lambda client: client.subscribe_webhook("ORDER_STATUS_CHANGE", "https://us.test/webhooks/tiktok"),
    ),
    Example("delete_webhook", lambda client: client.delete_webhook("ORDER_STATUS_CHANGE")),
]
