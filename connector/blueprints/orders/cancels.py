"""Cancelling on TikTok Shop, for one order or several; answering a buyer who asks; returns. Pages read the database only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import or_, select
from sqlalchemy.orm import lazyload

from connector import clock
from connector.blueprints.orders import blueprint, bulk, shops
from connector.blueprints.orders.rows import order_or_404
from connector.blueprints.panel import actor, done, go_to, is_fragment_request, needs
from connector.domain import returns as values
from connector.domain import statuses
from connector.domain.order import LineItem
from connector.extensions import db
from connector.models import CancelAsk, Cancellation, CancelOptions, Order, Return
from connector.sync import asks, bulk_cancel, cancel_asks
from connector.sync.aftersales_rows import WHO, status_in_words
from connector.sync.cancelling import Choice, choices, common_reasons
from connector.tiktok.orders import readable_order

#: As many as a page of the list can select.
MOST_AT_ONCE = 200
#: TikTok's answer counts for "now" for so long; then it is asked again when the dialog is opened.
FRESH = timedelta(minutes=2)


@dataclass(frozen=True)
class Candidate:
    """One order in the dialog: what TikTok answered for it, as far as it has."""

    order: Order
    state: str
    choices: tuple[Choice, ...]
    message: str

    @property
    def is_waiting(self) -> bool:
        return self.state == values.ASKED

    @property
    def can_cancel(self) -> bool:
        """Whether all of it can be cancelled."""
        return self.state == "ready" and bool(self.reasons) and not self.why_not

    @property
    def reasons(self) -> list[tuple[str, str]]:
        return common_reasons(self.choices)

    @property
    def why_not(self) -> list[str]:
        """Why the whole of it, or some of it, can't be cancelled."""
        if self.state == "failed":
            return [self.message]
        return list(dict.fromkeys(choice.why_not for choice in self.choices if choice.why_not))

    def why_not_of(self, line_id: str) -> str:
        return next((one.why_not for one in self.choices if not one.line_ids or line_id in one.line_ids), "")


# -- one order ---------------------------------------------------------------------------------------------------------------


@blueprint.post("/orders/<tiktok_order_id>/cancel/options")
@needs("staff")
def cancel_options(tiktok_order_id: str) -> ResponseReturnValue:
    """Has a worker ask TikTok what can be cancelled now and why, and opens the dialog."""
    row = order_or_404(tiktok_order_id)
    try:
        _ask_for_options([row])
    except asks.Refused as refused:
        return done(str(refused), url_for("orders.show", tiktok_order_id=tiktok_order_id), status="error")
    return redirect(url_for("orders.cancel_dialog", tiktok_order_id=tiktok_order_id), 303)


@blueprint.get("/orders/<tiktok_order_id>/cancel")
@needs("staff")
def cancel_dialog(tiktok_order_id: str) -> ResponseReturnValue:
    """The dialog: TikTok's reasons for this order now, and its lines where the market allows to cancel single ones."""
    return _dialog(order_or_404(tiktok_order_id), {}, {})


def _dialog(row: Order, sent: Mapping[str, Any], wrong: Mapping[str, str]) -> str:
    """`sent` is what was chosen and refused, `wrong` why, by the field ("": none of them)."""
    [candidate] = _candidates([row])
    shop = shops.label(row.shop_id)
    lines: Sequence[LineItem] = ()
    if (order := readable_order(row.document)) is not None and shop.region in cancel_asks.LINES_IN:
        lines = [line for line in order.line_items if not line.is_cancelled]
    template = "orders/_cancel_dialog.html" if is_fragment_request("cancel") else "orders/cancel.html"
    return render_template(
        template,
        order=row,
        candidate=candidate,
        lines=lines if len(lines) > 1 else (),
        typed=sent,
        wrong=wrong,
    )


@blueprint.post("/orders/<tiktok_order_id>/cancel")
@needs("staff")
def cancel(tiktok_order_id: str) -> Response:
    """Asks for the cancellation of the order, or of the lines that were ticked."""
    row = order_or_404(tiktok_order_id)
    back_to = url_for("orders.show", tiktok_order_id=tiktok_order_id)
    reason, what, ticked = request.form.get("reason", ""), request.form.get("what"), request.form.getlist("line")
    lines = ticked if what == "lines" else None
    try:
        if lines is not None and not lines:
            raise asks.Refused("Choose the items to cancel.", "line")
        cancel_asks.cancel(row.id, reason, actor(), lines)
    except asks.Refused as refused:
        sent = {"reason": reason, "what": what, "line": ticked}
        return make_response(_dialog(row, sent, {refused.field: str(refused)}), 422)
    return done("Cancelling. TikTok Shop is being asked.", back_to)


@blueprint.post("/orders/<tiktok_order_id>/answer-buyer")
@needs("staff")
def answer_buyer(tiktok_order_id: str) -> Response:
    """Approves or rejects the buyer's request to cancel."""
    row = order_or_404(tiktok_order_id)
    back_to = url_for("orders.show", tiktok_order_id=tiktok_order_id)
    answer = request.form.get("answer", "")
    if answer not in (values.APPROVE, values.REJECT):
        return done("Approve or reject the request.", back_to, status="error")
    try:
        cancel_asks.answer_buyer(
            row.id,
            request.form.get("cancel_id", ""),
            answer,
            actor(),
            reason=request.form.get("reason", "") if answer == values.REJECT else "",
            comment=request.form.get("comment", "") if answer == values.REJECT else "",
        )
    except asks.Refused as refused:
        return done(str(refused), back_to, status="error")
    return done("Approving the request." if answer == values.APPROVE else "Rejecting the request.", back_to)


# -- several -------------------------------------------------------------------------------------------------------------------


@blueprint.post("/orders/cancel/options")
@needs("staff")
def cancel_many_options() -> ResponseReturnValue:
    """The same for the orders that were selected in the list."""
    return _open_for(request.form.getlist("id"))


@blueprint.post("/orders/all/<int:run_id>/cancel")
@needs("staff")
def cancel_chosen_options(run_id: int) -> ResponseReturnValue:
    """The same for the orders that were chosen for a run, where they are few enough to ask TikTok about each."""
    return _open_for(bulk_cancel.able_ids(run_id))


def _open_for(ids: Sequence[str]) -> ResponseReturnValue:
    rows = _selected(ids)
    if not rows:
        return done("Select orders first.", url_for("orders.index"), status="error")
    _ask_for_options([row for row in rows if row.status not in statuses.FINAL and row.sync_state != "ignored"])
    return go_to(url_for("orders.cancel_many_dialog", id=[row.tiktok_order_id for row in rows]))


@blueprint.get("/orders/cancel")
@needs("staff")
def cancel_many_dialog() -> ResponseReturnValue:
    """The dialog for several: the reasons that TikTok takes for all that can be cancelled; the others say why not."""
    rows = _selected(request.args.getlist("id"))
    if not rows:
        return redirect(url_for("orders.index"))
    candidates = _candidates(rows)
    able = [candidate for candidate in candidates if candidate.can_cancel]
    reasons = [reason for reason in able[0].reasons if all(reason in other.reasons for other in able)] if able else []
    template = "orders/_cancel_many.html" if is_fragment_request("cancel") else "orders/cancel_many.html"
    return render_template(template, candidates=candidates, able=able, reasons=reasons)


@blueprint.post("/orders/cancel")
@needs("staff")
def cancel_many() -> Response:
    """Asks for the cancellation of each order; a worker does it, and those that refuse are listed with their reason."""
    ids = [row.tiktok_order_id for row in _selected(request.form.getlist("id"))]
    if not ids:
        return done("Select orders first.", url_for("orders.index"), status="error")
    return bulk.do(
        "cancel",
        [Order.tiktok_order_id.in_(ids)],
        "Selected on a page of the list",
        url_for("orders.index"),
        request.form.get("reason", ""),
    )


def _selected(ids: Sequence[str]) -> list[Order]:
    wanted = [part for part in ids if part.isdecimal()][:MOST_AT_ONCE]
    statement = select(Order).where(Order.tiktok_order_id.in_(wanted)).options(lazyload(Order.shop)).order_by(Order.id)
    return list(db.session.scalars(statement))


def _ask_for_options(rows: Sequence[Order]) -> None:
    """Has TikTok asked for those whose answer is not fresh: once the order has moved on, something else may be cancelled."""
    row_ids = [row.id for row in rows]
    fresh = set(
        db.session.scalars(
            select(CancelOptions.order_id)
            .join(Order, Order.id == CancelOptions.order_id)
            .where(
                CancelOptions.order_id.in_(row_ids),
                CancelOptions.asked_at > clock.now() - FRESH,
                CancelOptions.state != "failed",
                or_(Order.update_time.is_(None), Order.update_time <= CancelOptions.asked_at),
            )
        )
    )
    for row_id in row_ids:
        if row_id not in fresh:
            cancel_asks.ask_options(row_id, actor())


def _candidates(rows: Sequence[Order]) -> list[Candidate]:
    found = {
        options.order_id: options
        for options in db.session.scalars(
            select(CancelOptions).where(CancelOptions.order_id.in_([row.id for row in rows]))
        )
    }
    return [_candidate(row, found.get(row.id)) for row in rows]


def _candidate(row: Order, options: CancelOptions | None) -> Candidate:
    if row.status in statuses.FINAL:
        return Candidate(row, "failed", (), f"It is {row.status.lower()} on TikTok Shop already.")
    if row.sync_state == "ignored":
        return Candidate(row, "failed", (), "It is ignored. Take it back first.")
    if row.is_cancelling:
        return Candidate(row, "failed", (), "It is being cancelled already.")
    if options is None:
        return Candidate(row, "failed", (), "TikTok Shop was not asked yet. Open the dialog again.")
    return Candidate(row, options.state, tuple(choices(options)), options.message)


# -- on the order's page -----------------------------------------------------------------------------------------------------


def shown_on(row: Order) -> Mapping[str, Any]:
    """What the order page shows of cancellations and returns (templates/orders/_cancel.html, _returns.html)."""
    if not (row.aftersales_observed or row.aftersales_read):
        return {"cancel_asks": [], "buyer_request": None, "cancellations": [], "returns": [], **_WORDS}
    of_order = {
        model: list(db.session.scalars(select(model).where(model.order_id == row.id).order_by(model.id.desc())))
        for model in (CancelAsk, Cancellation, Return)
    }
    cancellations: list[Any] = of_order[Cancellation]
    return {
        "cancel_asks": of_order[CancelAsk],
        "cancellations": cancellations,
        "buyer_request": next(
            (one for one in cancellations if one.cancel_type == values.BUYER_CANCEL and one.status == values.PENDING),
            None,
        ),
        "returns": of_order[Return],
        **_WORDS,
    }


_WORDS: Mapping[str, Any] = {"reason_in_words": values.reason_in_words, "status_in_words": status_in_words, "who": WHO}


@blueprint.app_template_filter("reason_in_words")
def _reason_in_words(name: str) -> str:
    return values.reason_in_words(name)
