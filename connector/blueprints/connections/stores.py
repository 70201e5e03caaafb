"""Magento stores: their addresses and credentials, and the live check, whose findings appear one by one."""

from __future__ import annotations

from flask import abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from connector.blueprints import formats
from connector.blueprints.connections import blueprint
from connector.blueprints.panel import actor, is_fragment_request, needs, toast
from connector.extensions import db
from connector.models import Store
from connector.sync import stores

SECRETS = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
NO_WORKER = "The workers' queue is away, so nothing can be checked now. Check that Redis and a worker run."


@blueprint.get("/stores/new")
@needs("admin")
def new_store() -> ResponseReturnValue:
    """The form for a new store."""
    return _form(None, {}, {})


@blueprint.post("/stores/new")
@needs("admin")
def add_store() -> ResponseReturnValue:
    """Connects a store, and begins to check it."""
    typed, wrong = _typed()
    if not wrong:
        try:
            store_id = stores.add_store(
                name=typed["name"],
                url=typed["url"],
                overwrites=False,
                actor=actor(),
                **{name: _secret(name) for name in SECRETS},
            )
        except stores.Invalid as error:
            wrong[error.field] = str(error)
    if wrong:
        return make_response(_form(None, typed, wrong), 422)
    return _checking(store_id)


@blueprint.get("/stores/<int:store_id>")
@needs("viewer")
def store(store_id: int) -> ResponseReturnValue:
    """One store: what the last check found, and its form for an admin."""
    row = _store(store_id)
    typed = {"name": row.name, "url": row.url, "admin_url": row.admin_url}
    return _form(row, typed, {})


@blueprint.post("/stores/<int:store_id>")
@needs("admin")
def change_store(store_id: int) -> ResponseReturnValue:
    """Changes a store, and checks it again."""
    row = _store(store_id)
    typed, wrong = _typed()
    if not wrong:
        try:
            stores.change_store(
                store_id,
                name=typed["name"],
                url=typed["url"],
                admin_url=typed["admin_url"],
                actor=actor(),
                **{name: _secret(name) for name in SECRETS},
            )
        except stores.Invalid as error:
            wrong[error.field] = str(error)
    if wrong:
        return make_response(_form(row, typed, wrong), 422)
    return _checking(store_id)


@blueprint.post("/stores/<int:store_id>/check")
@needs("staff")
def check_store(store_id: int) -> ResponseReturnValue:
    """Asks a worker for a live check."""
    _store(store_id)
    return _checking(store_id)


@blueprint.get("/stores/<int:store_id>/checks")
@needs("viewer")
def checks(store_id: int) -> ResponseReturnValue:
    """The findings so far, asked for every second while the check runs."""
    row = _store(store_id)
    return render_template("connections/_checks.html", store=row, found=stores.last_check(row))


def _checking(store_id: int) -> ResponseReturnValue:
    problem = "" if stores.ask_check(store_id) else NO_WORKER
    if is_fragment_request("checks"):
        response = make_response(checks(store_id))
        return toast(response, problem, "error") if problem else response
    if problem:
        formats.flash_message(problem, "error")
    return redirect(url_for("connections.store", store_id=store_id), 303)


def _typed() -> tuple[dict[str, str], dict[str, str]]:
    typed = {name: request.form.get(name, "").strip() for name in ("name", "url", "admin_url")}
    wrong = {}
    if not 0 < len(typed["name"]) <= 100:
        wrong["name"] = "The name is needed, with at most 100 characters."
    if len(typed["url"]) > 500 or len(typed["admin_url"]) > 500:
        wrong["url"] = "An address may have at most 500 characters."
    return typed, wrong


def _secret(name: str) -> str:
    return request.form.get(name, "").strip()[:500]


def _store(store_id: int) -> Store:
    row = db.session.get(Store, store_id, populate_existing=True)
    if row is None:
        abort(404)
    return row


def _form(row: Store | None, typed: dict[str, str], wrong: dict[str, str]) -> str:
    found = stores.last_check(row) if row is not None else {}
    # What was refused is kept but for the credentials, which are never sent back to the browser.
    again = bool(wrong) and any(_secret(name) for name in SECRETS)
    return render_template("connections/store.html", store=row, found=found, typed=typed, wrong=wrong, again=again)
