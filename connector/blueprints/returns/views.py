"""The list, the dialog with TikTok's decisions for these very returns, and answering. Pages read the database only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask import Response, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from connector.blueprints import asked, formats, typed
from connector.blueprints.orders import shops
from connector.blueprints.panel import actor, done, go_to, is_fragment_request, needs
from connector.blueprints.returns import blueprint, listing
from connector.blueprints.returns.listing import Row
from connector.domain import deciding
from connector.domain import returns as values
from connector.domain.pictures import MOST_BYTES, MOST_PICTURES
from connector.extensions import db
from connector.models import Return, ReturnChoices
from connector.sync import asks, return_asks
from connector.sync.aftersales_rows import status_in_words

#: As many as a page of the list can select.
MOST_AT_ONCE = 50

KINDS: Mapping[str, str] = {
    values.REFUND: "Refund only",
    values.RETURN_AND_REFUND: "Return and refund",
    "REPLACEMENT": "Replacement",
    "EXCHANGE": "Exchange",
}
DOCUMENTS: Mapping[str, str] = {
    "SHIPPING_LABEL": "a shipping label",
    "QR_CODE": "a QR code, with a box",
    "QR_CODE_NBNL": "a QR code, no box and no label",
}
METHODS: Mapping[str, str] = {
    "SELLER_SHIPPED": "the seller",
    "BUYER_SHIPPED": "the buyer",
    "PLATFORM_SHIPPED": "TikTok Shop",
}


@dataclass(frozen=True)
class Candidate:
    """One return in the dialog: what TikTok answered for it, as far as it has."""

    row: Row
    choices: ReturnChoices | None

    @property
    def is_waiting(self) -> bool:
        return self.choices is not None and self.choices.state == values.ASKED and not self.why_not

    @property
    def is_ready(self) -> bool:
        return self.choices is not None and self.choices.state == "ready" and not self.why_not

    @property
    def why_not(self) -> str:
        """Why it cannot be answered here."""
        if self.row.answer is not None and self.row.answer.state in values.OPEN:
            return "It is being answered already."
        if not self.row.one.next_action:
            return "It does not wait for an answer."
        if self.choices is None or self.choices.state == "old":
            return "TikTok Shop was not asked what may be decided. Open the dialog again."
        if self.choices.state == "failed":
            return self.choices.message
        if self.choices.state == "ready" and not self.decisions:
            said = [entry["why_not"] for entry in self.choices.decisions if entry["why_not"]]
            return said[0] if said else "TikTok Shop lets nothing be decided now."
        return ""

    @property
    def elsewhere(self) -> list[tuple[str, str]]:
        """What can be decided in Seller Center only: its words, and why not here where TikTok says so."""
        entries = self.choices.decisions if self.choices is not None and self.choices.state == "ready" else []
        words = {**deciding.WORDS, **deciding.ELSEWHERE}
        return [
            (words.get(decision := entry["decision"], decision.replace("_", " ").capitalize()), entry["why_not"])
            for entry in entries
            if entry.get("is_elsewhere")
        ]

    def offer(self, decision: str) -> deciding.OfferRange | None:
        """How much may be offered with a decision, where it is an offer."""
        return return_asks.offer_range(self.choices, decision)

    @property
    def decisions(self) -> list[str]:
        """What may be decided now, in the order in which it is offered."""
        entries = self.choices.decisions if self.choices is not None else []
        possible = {entry["decision"] for entry in entries if entry["is_eligible"]}
        # An offer without a sum that TikTok takes can't be made.
        return [
            decision
            for decision in deciding.WORDS
            if decision in possible and (decision not in deciding.OFFERS or self.offer(decision) is not None)
        ]

    @property
    def reasons(self) -> list[tuple[str, str]]:
        """The reasons with which it may be refused: name and words."""
        entries = self.choices.decisions if self.choices is not None else []
        found = {
            reason["name"]: reason["text"] for entry in entries if entry["is_eligible"] for reason in entry["reasons"]
        }
        return list(found.items())


@blueprint.get("")
@needs("viewer")
def index() -> str:
    """All returns by tab, those to answer by their deadline."""
    tab = listing.tab_of(request.args.get("tab", ""))
    counts = listing.counts()
    # A page whose returns are not in this list any more is the last one that there is.
    page = max(0, min(asked.page(), (counts[tab.key] - 1) // listing.PAGE))
    rows = listing.rows(tab, page)
    return render_template(
        "returns/index.html",
        tabs=listing.TABS,
        tab=tab,
        counts=counts,
        rows=rows[: listing.PAGE],
        page=page,
        has_more=len(rows) > listing.PAGE,
        zone=shops.panel_zone(),
        shop_label=shops.label,
    )


@blueprint.post("/choices")
@needs("staff")
def ask_choices() -> ResponseReturnValue:
    """Has a worker ask TikTok what may be decided about some returns now, and opens the dialog."""
    row_ids = _ids(request.form.getlist("id"))
    rows = listing.chosen(row_ids)
    if not rows:
        return done("Select returns first.", url_for("returns.index"), status="error")
    refused = ""
    for row in rows:
        try:
            return_asks.ask_choices(row.one.id)
        except asks.Refused as error:
            refused = str(error)
    if refused and len(rows) == 1:
        return done(refused, _order_page(rows[0]), status="error")
    return go_to(url_for("returns.dialog", id=[row.one.id for row in rows]))


@blueprint.get("/decide")
@needs("staff")
def dialog() -> ResponseReturnValue:
    """TikTok's decisions and reasons for one return; for several, those that they have in common."""
    rows = listing.chosen(_ids(request.args.getlist("id")))
    if not rows:
        return done("Select returns first.", url_for("returns.index"), status="error")
    return _dialog(rows, {}, {})


def _dialog(rows: Sequence[Row], sent: Mapping[str, str], wrong: Mapping[str, str]) -> str:
    """`sent` is what was typed and refused, `wrong` why, by the field ("": none of them)."""
    candidates = _candidates(rows)
    able = [candidate for candidate in candidates if candidate.is_ready]
    decisions = _common([candidate.decisions for candidate in able])
    if len(candidates) > 1:
        # What may be offered is another sum for each: one by one.
        decisions = [decision for decision in decisions if decision not in deciding.OFFERS]
    template = "returns/_decide.html" if is_fragment_request("decide") else "returns/decide.html"
    return render_template(
        template,
        candidates=candidates,
        able=able,
        waiting=[candidate for candidate in candidates if candidate.is_waiting],
        decisions=decisions,
        reasons=_common([candidate.reasons for candidate in able]),
        can_refuse=any(deciding.is_rejection(decision) for decision in decisions),
        offers=[decision for decision in decisions if decision in deciding.OFFERS],
        WORDS=deciding.WORDS,
        REJECTIONS=deciding.REJECTIONS,
        MOST_PICTURES=MOST_PICTURES,
        MOST_MEGABYTES=MOST_BYTES // 1024 // 1024,
        zone=shops.panel_zone(),
        money_back=_money_back,
        typed=sent,
        wrong=wrong,
    )


@blueprint.post("/decide")
@needs("staff")
def decide() -> Response:
    """Asks for the decision about each return; a worker carries it out, and those that refuse are told with their reason."""
    rows = listing.chosen(_ids(request.form.getlist("id")))
    if not rows:
        return done("Select returns first.", url_for("returns.index"), status="error")
    sent = {name: request.form.get(name, "") for name in ("decision", "reason", "comment", "amount")}
    decision = sent["decision"]
    pictures = [file.read(MOST_BYTES + 1) for file in request.files.getlist("picture")[: MOST_PICTURES + 1] if file]
    asked, refused, fields = 0, [], set()
    for row in rows:
        try:
            return_asks.answer(
                row.one.id,
                decision,
                actor(),
                reason=sent["reason"],
                comment=sent["comment"],
                pictures=pictures,
                amount=_amount(sent["amount"]) if decision in deciding.OFFERS else None,
            )
            asked += 1
        except asks.Refused as error:
            refused.append(f"{row.one.return_id}: {error}" if len(rows) > 1 else str(error))
            fields.add(error.field)
    if not asked:
        # What is wrong with one field is the same for all of them.
        wrong = {fields.pop() if len(fields) == 1 else "": " ".join(dict.fromkeys(refused))}
        if pictures:  # a browser lets no page fill in files
            wrong.setdefault("picture", "Choose the pictures again.")
        return make_response(_dialog(rows, sent, wrong), 422)
    back_to = _order_page(rows[0]) if len(rows) == 1 else url_for("returns.index")
    words = deciding.WORDS[decision]
    message = f"“{words}”: TikTok Shop is being told{'' if asked == 1 else f' for {asked} returns'}."
    return done(" ".join([message, *refused]), back_to, status="error" if refused else "ok")


def _amount(text: str) -> Decimal | None:
    """The amount that is offered; None where none can be read, which `return_asks.answer` then asks for."""
    try:
        return typed.number(text)
    except typed.Ambiguous as unclear:
        raise asks.Refused(str(unclear), "amount") from unclear
    except ValueError:
        return None


def _money_back(decision: str) -> bool:
    """Whether the buyer is paid back at once by a decision."""
    return decision in {"APPROVE_REFUND", "DIRECT_REFUND", "APPROVE_RECEIVED_PACKAGE", "ISSUE_REPLACEMENT_REFUND"}


def _order_page(row: Row) -> str:
    return url_for("orders.show", tiktok_order_id=row.order.tiktok_order_id)


def _ids(given: Sequence[str]) -> list[int]:
    return [row_id for part in given if (row_id := asked.row_id(part)) is not None][:MOST_AT_ONCE]


def _candidates(rows: Sequence[Row]) -> list[Candidate]:
    found = {
        choices.return_row_id: choices
        for choices in db.session.scalars(
            select(ReturnChoices).where(ReturnChoices.return_row_id.in_([row.one.id for row in rows]))
        )
    }
    return [Candidate(row, found.get(row.one.id)) for row in rows]


def _common(lists: Sequence[list[Any]]) -> list[Any]:
    return [item for item in lists[0] if all(item in other for other in lists)] if lists else []


def _of_order(returned: Sequence[Return]) -> dict[str, Any]:
    """What the order's page shows of decisions (templates/orders/_returns.html)."""
    row_ids = [one.id for one in returned]
    choices = db.session.scalars(select(ReturnChoices).where(ReturnChoices.return_row_id.in_(row_ids)))
    return {"answers": listing.answers_of(row_ids), "choices": {one.return_row_id: one for one in choices}}


@blueprint.app_template_filter("record_time")
def _record_time(at: str, zone: str) -> str:
    """The time of a record of TikTok's, as it is kept; empty where it gave none."""
    return formats.short(datetime.fromisoformat(at), zone) if at else ""


@blueprint.app_context_processor
def _for_templates() -> dict[str, object]:
    return {
        "RETURN_KINDS": KINDS,
        "RETURN_DOCUMENTS": DOCUMENTS,
        "RETURN_METHODS": METHODS,
        "return_decisions": _of_order,
        "DECISIONS": deciding.WORDS,
        "NEXT_ACTIONS": deciding.NEXT_ACTIONS,
        "status_in_words": status_in_words,
    }
