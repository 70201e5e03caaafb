"""Cancellations and returns. Facts: reference/tiktok/README.md, "Cancellations and returns"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connector.tiktok.caller import Caller, objects, path_of, text, without_none
from connector.tiktok.fulfilment_calls import OrderLine
from connector.tiktok.pages import Document, Page
from connector.tiktok.values import to_unix


@dataclass(frozen=True, kw_only=True)
class Eligibility:
    """Whether some lines of one SKU can be cancelled (or refunded, returned) now, and if so with which reasons, else why not."""

    sku_id: str
    request_type: str
    is_eligible: bool
    line_item_ids: tuple[str, ...]
    available_reason_names: tuple[str, ...]
    ineligible_code: int | None
    ineligible_reason: str


@dataclass(frozen=True, kw_only=True)
class CancelResult:
    """A cancellation that was asked for. `cancel_status`: CANCELLATION_REQUEST_SUCCESS, …_PENDING, …."""

    cancel_id: str
    cancel_status: str


class DocumentPage(Page):
    """One page of cancellations or returns."""


@dataclass(frozen=True, kw_only=True)
class RejectReason:
    """`name` is the key that goes with a rejection, `text` what it says in the language that was asked for."""

    name: str
    text: str


class AftersaleCalls(Caller):
    def aftersale_eligibility(self, order_id: str, request_type: str = "CANCEL") -> list[Eligibility]:
        """GET /return_refund/202602/orders/{order_id}/aftersale_eligibility, asked as the seller.

        `request_type`: CANCEL, REFUND or RETURN_AND_REFUND.
        """
        data = self.call(
            "GET",
            path_of("/return_refund/202602/orders/{order_id}/aftersale_eligibility", order_id=order_id),
            query={"initiate_aftersale_user": "SELLER", "request_types": request_type},
        )
        return [
            Eligibility(
                sku_id=text(sku, "sku_id"),
                request_type=text(entry, "request_type"),
                is_eligible=entry.get("eligible") is True,
                line_item_ids=_lines_of(entry),
                available_reason_names=_texts(entry, "available_reason_names"),
                ineligible_code=code if isinstance(code := entry.get("ineligible_code"), int) else None,
                ineligible_reason=text(entry, "ineligible_reason"),
            )
            for sku in objects(data, "sku_eligibility")
            for entry in objects(sku, "line_item_eligibility")
        ]

    def cancel_order(
        self, order_id: str, cancel_reason: str, *, lines: Sequence[OrderLine] | None = None
    ) -> CancelResult:
        """POST /return_refund/202602/cancellations: the seller cancels.

        `cancel_reason` is one of the `available_reason_names` for this order now. Without `lines` the whole order; single lines
        only in the US and the UK.
        """
        data = self.call(
            "POST",
            "/return_refund/202602/cancellations",
            body=without_none(
                order_id=order_id,
                cancel_reason=cancel_reason,
                order_line_list=[
                    without_none(order_line_item_id=line.order_line_id, sub_order_line_item_id=line.sub_item_id)
                    for line in lines or ()
                ],
            ),
        )
        return CancelResult(cancel_id=text(data, "cancel_id"), cancel_status=text(data, "cancel_status"))

    def search_cancellations(
        self,
        *,
        order_ids: Sequence[str] = (),
        cancel_ids: Sequence[str] = (),
        cancel_types: Sequence[str] = (),
        cancel_status: Sequence[str] = (),
        update_time_ge: datetime | None = None,
        update_time_lt: datetime | None = None,
        locale: str | None = None,
        page_size: int = 50,
        page_token: str = "",
    ) -> DocumentPage:
        """POST /return_refund/202602/cancellations/search: one page, oldest change first.

        What is in a document: reference/tiktok/README.md. `cancel_status` ends in CANCEL where the webhook writes CANCELLED.
        """
        return self._search(
            "/return_refund/202602/cancellations/search",
            "cancellations",
            page_size,
            page_token,
            without_none(
                order_ids=list(order_ids),
                cancel_ids=list(cancel_ids),
                cancel_types=list(cancel_types),
                cancel_status=list(cancel_status),
                update_time_ge=update_time_ge and to_unix(update_time_ge),
                update_time_lt=update_time_lt and to_unix(update_time_lt),
                locale=locale,
            ),
        )

    def approve_cancellation(self, cancel_id: str, *, idempotency_key: str) -> None:
        """POST /return_refund/202309/cancellations/{cancel_id}/approve: yes to a buyer who asks. Same key, done once."""
        self.call(
            "POST",
            path_of("/return_refund/202309/cancellations/{cancel_id}/approve", cancel_id=cancel_id),
            query={"idempotency_key": idempotency_key},
            body={},
        )

    def reject_cancellation(
        self, cancel_id: str, reject_reason: str, *, comment: str = "", idempotency_key: str
    ) -> None:
        """POST /return_refund/202309/cancellations/{cancel_id}/reject: no to a buyer who asks.

        `reject_reason` is the name of one of `reject_reasons`. Same key, done once.
        """
        self.call(
            "POST",
            path_of("/return_refund/202309/cancellations/{cancel_id}/reject", cancel_id=cancel_id),
            query={"idempotency_key": idempotency_key},
            body=without_none(reject_reason=reject_reason, comment=comment),
        )

    def reject_reasons(self, return_or_cancel_id: str, *, locale: str | None = None) -> list[RejectReason]:
        """GET /return_refund/202309/reject_reasons: those that are valid now; ask just before rejecting."""
        data = self.call(
            "GET",
            "/return_refund/202309/reject_reasons",
            query={"return_or_cancel_id": return_or_cancel_id, "locale": locale},
        )
        return [
            RejectReason(name=text(reason, "name"), text=text(reason, "text")) for reason in objects(data, "reasons")
        ]

    def search_returns(
        self,
        *,
        order_ids: Sequence[str] = (),
        return_ids: Sequence[str] = (),
        return_types: Sequence[str] = (),
        return_status: Sequence[str] = (),
        update_time_ge: datetime | None = None,
        update_time_lt: datetime | None = None,
        locale: str | None = None,
        page_size: int = 50,
        page_token: str = "",
    ) -> DocumentPage:
        """POST /return_refund/202602/returns/search: one page, oldest change first."""
        return self._search(
            "/return_refund/202602/returns/search",
            "return_orders",
            page_size,
            page_token,
            without_none(
                order_ids=list(order_ids),
                return_ids=list(return_ids),
                return_types=list(return_types),
                return_status=list(return_status),
                update_time_ge=update_time_ge and to_unix(update_time_ge),
                update_time_lt=update_time_lt and to_unix(update_time_lt),
                locale=locale,
            ),
        )

    def return_records(self, return_id: str) -> list[Document]:
        """GET /return_refund/202309/returns/{return_id}/records: what happened to a return, as TikTok lists it."""
        path = path_of("/return_refund/202309/returns/{return_id}/records", return_id=return_id)
        return objects(self.call("GET", path), "records")

    def _search(self, path: str, name: str, page_size: int, page_token: str, body: Mapping[str, Any]) -> DocumentPage:
        data = self.call(
            "POST",
            path,
            query={
                "page_size": page_size,
                "page_token": page_token or None,
                "sort_field": "update_time",
                "sort_order": "ASC",
            },
            body=body,
        )
        total = data.get("total_count")
        return DocumentPage(
            documents=objects(data, name),
            next_page_token=text(data, "next_page_token"),
            total_count=total if isinstance(total, int) else 0,
        )


def _lines_of(entry: Mapping[str, Any]) -> tuple[str, ...]:
    """The lines of an entry, under the new name or the legacy one."""
    lines = [text(line, "order_line_item_id") for line in objects(entry, "order_line_list")]
    return tuple(dict.fromkeys(line for line in lines if line)) or _texts(entry, "order_line_items_ids")


def _texts(data: Mapping[str, Any], name: str) -> tuple[str, ...]:
    values = data.get(name)
    return tuple(value for value in values if isinstance(value, str)) if isinstance(values, list) else ()
