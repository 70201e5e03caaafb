"""The seller's decisions on returns. Facts: the docstrings of Get Decision Eligibility, Get Available Review Decisions, Approve
Return and Reject Return.

Search Returns, Get Return Records and Get Reject Reasons are in aftersale_calls.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from marshmallow import ValidationError

from connector.tiktok.aftersale_calls import RejectReason
from connector.tiktok.caller import Caller, objects, path_of, text, without_none
from connector.tiktok.errors import unreadable
from connector.tiktok.fields import amount


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Whether the seller may decide so now; if not, why not. `reject_reasons` of an eligible rejection."""

    decision: str
    is_eligible: bool
    ineligible_reason: str
    reject_reasons: tuple[RejectReason, ...]


@dataclass(frozen=True, kw_only=True)
class LineDecision:
    """Whether the seller may decide so about one item of a return. `least` and `most`: what may be offered for it."""

    decision: str
    is_eligible: bool
    ineligible_reason: str
    reject_reasons: tuple[RejectReason, ...]
    least: Decimal | None = None
    most: Decimal | None = None
    currency: str = ""


@dataclass(frozen=True, kw_only=True)
class Image:
    """A picture that was uploaded. `uri` is what TikTok knows it by; sizes in pixels."""

    uri: str
    width: int
    height: int
    mime_type: str


class ReturnCalls(Caller):
    def decision_eligibility(
        self, return_or_cancel_id: str, *, check_decision: str | None = None, locale: str | None = None
    ) -> list[Decision]:
        """GET /return_refund/202601/decision_eligibility: what the seller may decide now; ask just before deciding.

        All decisions, or the one that is asked for.
        """
        data = self.call(
            "GET",
            "/return_refund/202601/decision_eligibility",
            query={
                "return_or_cancel_id": return_or_cancel_id,
                "check_decisions": check_decision,
                "locale": locale,
            },
        )
        return [
            Decision(
                decision=text(one, "decision"),
                is_eligible=one.get("eligible") is True,
                ineligible_reason=text(one, "ineligible_reason"),
                reject_reasons=_reasons(one),
            )
            for one in objects(data, "decisions")
        ]

    def review_decisions(
        self, return_or_cancel_id: str, seller_id: str, *, check_decision: str | None = None, locale: str | None = None
    ) -> list[LineDecision]:
        """GET /return_refund/202606/review_decision: what may be decided now, item by item, with how much may be offered.

        `seller_id` is that of `seller_ids`. What TikTok reports as an error of single items is left out of the list.
        """
        data = self.call(
            "GET",
            "/return_refund/202606/review_decision",
            query={
                "seller_id": seller_id,
                "return_or_cancel_id": return_or_cancel_id,
                "check_decisions": check_decision,
                "locale": locale,
            },
        )
        return [_line_decision(one) for line in objects(data, "line_items") for one in objects(line, "decisions")]

    def seller_ids(self) -> dict[str, str]:
        """GET /seller/202601/shop_groups: TikTok's global id of the seller, by the id of each shop that goes with this one."""
        group = self.call("GET", "/seller/202601/shop_groups", with_shop=False).get("shop_group_data")
        shops = objects(group, "shops") if isinstance(group, dict) else []
        return {text(shop, "shop_id"): text(shop, "seller_id") for shop in shops}

    def approve_return(
        self,
        return_id: str,
        decision: str,
        *,
        offer: Decimal | None = None,
        currency: str = "",
        idempotency_key: str,
    ) -> None:
        """POST /return_refund/202309/returns/{return_id}/approve. Same key, done once.

        `offer` (with the return's `currency`): the part of the money that goes with OFFER_PARTIAL_REFUND.
        """
        partly = {} if offer is None else {"partial_refund": {"currency": currency, "amount": str(offer)}}
        self.call(
            "POST",
            path_of("/return_refund/202309/returns/{return_id}/approve", return_id=return_id),
            query={"idempotency_key": idempotency_key},
            body={"decision": decision} | partly,
        )

    def reject_return(
        self,
        return_id: str,
        decision: str,
        reject_reason: str,
        *,
        comment: str = "",
        images: Sequence[Image] = (),
        offer: Decimal | None = None,
        currency: str = "",
        idempotency_key: str,
    ) -> None:
        """POST /return_refund/202606/returns/{return_id}/reject. `reject_reason` is a name that the eligibility gave. Same key,
        done once. `offer`: the part of the money that goes with OFFER_PARTIAL_REFUND_AFTER_RECEIVING_PKG.
        """
        partly = None if offer is None else {"partial_refund_total": str(offer), "currency": currency}
        self.call(
            "POST",
            path_of("/return_refund/202606/returns/{return_id}/reject", return_id=return_id),
            query={"idempotency_key": idempotency_key},
            body=without_none(
                decision=decision,
                reject_reason=reject_reason,
                comment=comment,
                partial_refund_amount=partly,
                images=[
                    {
                        "image_id": image.uri,
                        "mime_type": image.mime_type,
                        "height": image.height,
                        "width": image.width,
                    }
                    for image in images
                ],
            ),
        )

    def upload_image(self, content: bytes, *, file_name: str, mime_type: str) -> Image:
        """POST /product/202309/images/upload: the only upload that the documentation names for pictures of a decision.

        As a description's picture: that use keeps the picture as it is. JPEG, PNG, WEBP; 100 to 20,000 px a side, up to 10 MB.
        """
        data = self.call(
            "POST",
            "/product/202309/images/upload",
            body={"use_case": "DESCRIPTION_IMAGE"},
            files={"data": (file_name, content, mime_type)},
            with_shop=False,
        )
        width, height = data.get("width"), data.get("height")
        return Image(
            uri=text(data, "uri"),
            width=width if isinstance(width, int) else 0,
            height=height if isinstance(height, int) else 0,
            mime_type=mime_type,
        )


def _reasons(entry: dict[str, Any]) -> tuple[RejectReason, ...]:
    return tuple(
        RejectReason(name=text(reason, "name"), text=text(reason, "text"))
        for reason in objects(entry, "available_reject_reasons")
    )


def _line_decision(entry: dict[str, Any]) -> LineDecision:
    """Raises UnreadableAnswer when an amount is none."""
    given = entry.get("partial_refund_amount_range")
    offered = given if isinstance(given, dict) else {}
    try:
        least, most = (amount(offered[name]) if name in offered else None for name in ("min_amount", "max_amount"))
    except ValidationError as error:
        raise unreadable("How much TikTok Shop lets be offered could not be read.") from error
    return LineDecision(
        decision=text(entry, "decision"),
        is_eligible=entry.get("eligible") is True,
        ineligible_reason=text(entry, "ineligible_reason"),
        reject_reasons=_reasons(entry),
        least=least,
        most=most,
        currency=text(offered, "currency"),
    )
