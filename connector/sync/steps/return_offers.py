"""Which part of the money TikTok lets the seller offer to the buyer of a return.

Only one call tells it, and that wants TikTok's global id of the seller, which another call gives. A shop for which TikTok gives
neither has its offers made in Seller Center.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select

from connector.domain.deciding import OFFERS, OfferRange
from connector.extensions import db
from connector.models import Return, Shop
from connector.models.transaction import end_transaction, transaction
from connector.sync.run import Run
from connector.tiktok.aftersale_calls import RejectReason
from connector.tiktok.errors import MissingPermission, RequestRefused
from connector.tiktok.return_calls import LineDecision

CENT = Decimal("0.01")
NO_SELLER = "TikTok Shop does not tell the seller's id that it wants for this."


@dataclass(frozen=True, kw_only=True)
class Offer:
    """One of OFFERS, as TikTok answers for a whole return; `amounts` are None where it is not possible."""

    decision: str
    amounts: OfferRange | None = None
    why_not: str = ""
    reasons: tuple[RejectReason, ...] = ()


class NotTold(Exception):
    """TikTok does not tell the connector what may be offered; the sentence says why."""


def possible(run: Run, return_id: str, *decisions: str) -> list[Offer]:
    """What may be offered now, for each of `decisions` (all of OFFERS). Raises NotTold, and what keeps TikTok from answering."""
    one = decisions[0] if len(decisions) == 1 else None
    try:
        seller_id = _seller_id(run)
        found = run.tiktok.review_decisions(return_id, seller_id, check_decision=one)
    except (MissingPermission, RequestRefused) as error:
        raise NotTold(error.tiktok_message or error.message) from error
    most, currency = _worth(return_id)
    return [
        _of_all_items(decision, [entry for entry in found if entry.decision == decision], most, currency)
        for decision in decisions or OFFERS
    ]


def _of_all_items(decision: str, entries: Sequence[LineDecision], worth: Decimal, currency: str) -> Offer:
    """TikTok answers item by item, an offer is for the whole return: every item has to be eligible, and amounts add up."""
    refused = [entry for entry in entries if not entry.is_eligible]
    if not entries or refused:
        return Offer(decision=decision, why_not=refused[0].ineligible_reason if refused else "")
    currencies = {entry.currency for entry in entries if entry.currency} or {currency}
    if len(currencies) > 1:
        return Offer(decision=decision, why_not="TikTok Shop names several currencies.")
    least = sum((entry.least or Decimal(0) for entry in entries), Decimal(0))
    mosts = [entry.most for entry in entries if entry.most is not None]
    most = sum(mosts, Decimal(0)) if len(mosts) == len(entries) else worth
    amounts = OfferRange(least=max(least, CENT), most=most, currency=currencies.pop())
    return Offer(decision=decision, amounts=amounts, reasons=entries[0].reject_reasons)


def _worth(return_id: str) -> tuple[Decimal, str]:
    """What the buyer would get back, which no offer exceeds, and its currency."""
    row = db.session.execute(select(Return.refund_total, Return.currency).where(Return.return_id == return_id)).one()
    end_transaction()
    return row.refund_total, row.currency


def _seller_id(run: Run) -> str:
    """TikTok's global id of the seller; asked for once, then kept with the shop. Raises NotTold."""
    known, shop_id = db.session.execute(select(Shop.seller_id, Shop.tiktok_shop_id).where(Shop.id == run.shop.id)).one()
    end_transaction()
    if known:
        return str(known)
    found = run.tiktok.seller_ids().get(shop_id, "")
    if not found.isdecimal():  # the call that wants it takes a number
        raise NotTold(NO_SELLER)
    with transaction() as session:
        session.get_one(Shop, run.shop.id, with_for_update={"of": Shop}).seller_id = found[:40]
    return found
