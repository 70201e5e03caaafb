"""The "Fetch orders" button: asks for a fetch of each connected shop, and shows how far it has come."""

from __future__ import annotations

from datetime import timedelta

from flask import make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from connector import clock
from connector.blueprints import asked, days
from connector.blueprints.orders import blueprint, shops
from connector.blueprints.panel import actor, done, is_fragment_request, needs, toast
from connector.extensions import db
from connector.models import FetchRun
from connector.models.fetch import RUNNING
from connector.sync import asks

#: A run that ended so recently is still shown when its page is opened anew.
SHOWN_AFTER_END = timedelta(seconds=20)


@blueprint.post("/orders/fetch")
@needs("staff")
def fetch() -> ResponseReturnValue:
    """Fetches what is new, or a period: days in the shops' time zone, both included."""
    since_day, until_day = request.form.get("since", ""), request.form.get("until", "")
    run_ids, problems = [], []
    for shop in asks.active_shops():
        try:
            since = days.start_of(since_day, shop.time_zone)
            until = days.start_of(until_day, shop.time_zone, days_later=1)
            if until is not None:
                until = min(until, clock.now() + timedelta(minutes=1))
            run_ids.append(asks.fetch(shop.id, actor(), since=since, until=until))
        except (asks.Refused, ValueError) as error:
            problems.append(f"The shop {shop.name} is not fetched: {error}")
    # One shop's refusal is told also where others are fetched: days begin at another time in another zone.
    problem = " ".join(problems)
    if not run_ids:
        return done(problem or "No shop is connected yet.", url_for("orders.index"), status="error")
    if is_fragment_request():
        going_on = [run.id for run in under_way() if run.state == RUNNING]
        fetch_runs = _runs([*going_on, *run_ids])
        response = make_response(render_template("orders/_fetch.html", fetch_runs=fetch_runs, shop_label=shops.label))
        return toast(response, problem, "error") if problem else response
    if problem:
        return done(problem, url_for("orders.index"), status="error")
    return done("Fetching orders from TikTok Shop.", url_for("orders.index"))


@blueprint.get("/orders/fetch/progress")
@needs("viewer")
def fetch_progress() -> ResponseReturnValue:
    """How far some runs have come. The fragment asks again by itself until all have ended."""
    ids = [run_id for part in request.args.get("runs", "").split(",") if (run_id := asked.row_id(part)) is not None]
    return render_template("orders/_fetch.html", fetch_runs=_runs(ids[:50]), shop_label=shops.label)


def under_way() -> list[FetchRun]:
    """The runs that this person asked for and that go on, or have just ended."""
    statement = (
        select(FetchRun)
        .where(
            FetchRun.asked_by == actor(),
            (FetchRun.state == RUNNING) | (FetchRun.finished_at > clock.now() - SHOWN_AFTER_END),
        )
        .order_by(FetchRun.id.desc())
        .limit(10)
    )
    return list(db.session.scalars(statement))[::-1]


def _runs(ids: list[int]) -> list[FetchRun]:
    return list(db.session.scalars(select(FetchRun).where(FetchRun.id.in_(ids)).order_by(FetchRun.id)))
