"""Lists that a person saved under a name: tabs of their own after the fixed ones."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

from flask import abort, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import Select, select
from werkzeug.datastructures import MultiDict

from connector import clock
from connector.blueprints import formats
from connector.blueprints.orders import blueprint
from connector.blueprints.orders.grid import Grid
from connector.blueprints.orders.query import OrderQuery
from connector.blueprints.panel import needs
from connector.extensions import db
from connector.models import SavedView
from connector.models.transaction import transaction

LONGEST_NAME = 40
MOST = 20


@blueprint.post("/orders/views")
@needs("viewer")
def save_view() -> ResponseReturnValue:
    """Saves the list that `query` names under a name; one of that name is replaced."""
    query = _clean(request.form.get("query", ""))
    back_to = _address(query)
    name, grid = _name(), Grid.read(request.form.get("grid", "")).text()
    if not name or not query:
        return _told("Give the view a name." if query else "There is no filter to save.", back_to)
    with transaction() as session:
        found = session.scalars(_mine().where(SavedView.name == name)).one_or_none()
        if found is not None:
            found.query, found.grid = query, grid
        elif len(session.scalars(_mine()).all()) >= MOST:
            return _told(f"{MOST} views are the most. Delete one first.", back_to)
        else:
            session.add(SavedView(user_id=current_user.id, name=name, query=query, grid=grid, created_at=clock.now()))
    formats.flash_message(f"Saved as “{name}”.", "ok")
    return redirect(back_to, 303)


@blueprint.post("/orders/views/<int:view_id>")
@needs("viewer")
def change_view(view_id: int) -> ResponseReturnValue:
    """Renames or deletes a view of one's own."""
    what, name = request.form.get("what", ""), _name()
    with transaction() as session:
        view = session.scalars(_mine().where(SavedView.id == view_id)).one_or_none()
        if view is None or what not in ("rename", "delete"):
            abort(404)
        back_to = _address(view.query)
        if what == "delete":
            session.delete(view)
            return redirect(url_for("orders.index"), 303)
        taken = session.scalars(_mine().where(SavedView.name == name, SavedView.id != view_id)).first()
        if not name or taken is not None:
            return _told(f"There is a view “{name}” already." if name else "Give the view a name.", back_to)
        view.name = name
    return redirect(back_to, 303)


def saved_views() -> list[SavedView]:
    """The views of whoever is logged in, the oldest first. Read once a request."""
    if "saved_views" not in g:
        g.saved_views = (
            list(db.session.scalars(_mine().order_by(SavedView.id))) if current_user.is_authenticated else []
        )
    found: list[SavedView] = g.saved_views
    return found


def current_view(query: OrderQuery) -> SavedView | None:
    """The view that a list is, if it is one."""
    address = urlencode(query.args())
    return next((view for view in saved_views() if view.query == address), None)


def keep_grid(query: OrderQuery, grid: str) -> bool:
    """Has the saved view that a list is keep its columns and row height; False when the list is none."""
    view = current_view(query)
    if view is None:
        return False
    with transaction() as session:
        session.get_one(SavedView, view.id).grid = grid
    g.pop("saved_views", None)
    return True


def _clean(text: str) -> str:
    """An address's arguments, less what makes no sense, always in the same order."""
    return urlencode(OrderQuery.from_args(MultiDict(parse_qsl(text[:2000]))).args())[:1000]


def _address(query: str) -> str:
    return url_for("orders.index") + (f"?{query}" if query else "")


def _name() -> str:
    return " ".join(request.form.get("name", "").split())[:LONGEST_NAME]


def _told(message: str, back_to: str) -> ResponseReturnValue:
    formats.flash_message(message, "error")
    return redirect(back_to, 303)


def _mine() -> Select[SavedView]:
    return select(SavedView).where(SavedView.user_id == current_user.id)


@blueprint.app_context_processor
def _for_templates() -> dict[str, object]:
    return {"saved_views": saved_views, "current_view": current_view}
