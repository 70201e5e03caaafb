"""The seller's decisions on returns. Facts: the docstrings of Get Decision Eligibility, Approve Return and Reject Return.

Search Returns, Get Return Records and Get Reject Reasons are in aftersale_calls.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from connector.tiktok.aftersale_calls import RejectReason
from connector.tiktok.caller import Caller, objects, path_of, text, without_none


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Whether the seller may decide so now; if not, why not. `reject_reasons` of an eligible rejection."""

    decision: str
    is_eligible: bool
    ineligible_reason: str
    reject_reasons: tuple[RejectReason, ...]


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
                reject_reasons=tuple(
                    RejectReason(name=text(reason, "name"), text=text(reason, "text"))
                    for reason in objects(one, "available_reject_reasons")
                ),
            )
            for one in objects(data, "decisions")
        ]

    def approve_return(self, return_id: str, decision: str, *, idempotency_key: str) -> None:
        """POST /return_refund/202309/returns/{return_id}/approve. Same key, done once."""
        self.call(
            "POST",
            path_of("/return_refund/202309/returns/{return_id}/approve", return_id=return_id),
            query={"idempotency_key": idempotency_key},
            body={"decision": decision},
        )

    def reject_return(
        self,
        return_id: str,
        decision: str,
        reject_reason: str,
        *,
        comment: str = "",
        images: Sequence[Image] = (),
        idempotency_key: str,
    ) -> None:
        """POST /return_refund/202606/returns/{return_id}/reject. `reject_reason` is a name that the eligibility gave. Same key,
        done once.
        """
        self.call(
            "POST",
            path_of("/return_refund/202606/returns/{return_id}/reject", return_id=return_id),
            query={"idempotency_key": idempotency_key},
            body=without_none(
                decision=decision,
                reject_reason=reject_reason,
                comment=comment,
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
