"""Which reasons TikTok takes for a cancellation: asked live, for the command line, or as a worker has kept them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from connector.domain import returns
from connector.extensions import db
from connector.models import CancelOptions, Order
from connector.models.transaction import end_transaction
from connector.sync import gateways
from connector.sync.steps.request_cancel import listed, reasons_for, why_not
from connector.tiktok.orders import order_from_document


def reason_for(row_id: int, text: str, line_ids: Sequence[str] = ()) -> str:
    """The name of the reason that a text means, asked of TikTok now.

    Raises ValueError: nothing can be cancelled now, and why; or no such reason, and which there are.
    """
    row = db.session.get_one(Order, row_id)
    tiktok_order_id, document = row.tiktok_order_id, row.document
    client = gateways.tiktok_client(row.shop, before_call=lambda: None)
    end_transaction()
    eligibility = client.aftersale_eligibility(tiktok_order_id, "CANCEL")
    wanted = list(line_ids)
    if not wanted:
        # Lines that were cancelled before are listed as well, and cannot be cancelled again.
        lines = order_from_document(document).line_items if document else ()
        wanted = [line.id for line in lines if not line.is_cancelled]
        wanted = wanted or [line_id for one in eligibility for line_id in one.line_item_ids]
    sentence = why_not(eligibility, wanted)
    if sentence is not None:
        raise ValueError(sentence)
    reasons = reasons_for(eligibility, wanted)
    name = returns.reason_named(text, reasons)
    if name is None:
        raise ValueError(
            f"TikTok Shop does not take the reason “{text}” for this order now. It takes: {listed(reasons)}."
        )
    return name


@dataclass(frozen=True)
class Choice:
    """What the dialog offers for some lines: reasons as (name, words), or why they can't be cancelled."""

    line_ids: tuple[str, ...]
    reasons: tuple[tuple[str, str], ...]
    why_not: str = ""


def choices(options: CancelOptions) -> list[Choice]:
    """The kept answer of TikTok, for the dialog."""
    return [
        Choice(
            tuple(entry["line_ids"]),
            tuple((name, returns.reason_in_words(name)) for name in entry["reasons"]) if entry["is_eligible"] else (),
            "" if entry["is_eligible"] else entry["why_not"] or "TikTok Shop gives no reason.",
        )
        for entry in options.entries
    ]


def common_reasons(of_lines: Sequence[Choice]) -> list[tuple[str, str]]:
    """The reasons that TikTok takes for everything that can be cancelled, in its order."""
    lists = [one.reasons for one in of_lines if one.reasons]
    return [reason for reason in lists[0] if all(reason in other for other in lists)] if lists else []
