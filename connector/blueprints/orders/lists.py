"""The list of orders: the page, its live part, and how it looks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from connector.blueprints import formats
from connector.blueprints.auth.views import local_path
from connector.blueprints.orders import blueprint, causes, fetching, filters, pages, shops, tabs, views
from connector.blueprints.orders.grid import COOKIE, Grid
from connector.blueprints.orders.query import SORTS, OrderQuery
from connector.blueprints.panel import is_fragment_request, needs
from connector.domain import statuses

A_YEAR = 365 * 24 * 3600


@blueprint.get("/")
@needs("viewer")
def home() -> ResponseReturnValue:
    return redirect(url_for("orders.index"))


@blueprint.get("/orders")
@needs("viewer")
def index() -> ResponseReturnValue:
    """The list. For htmx only the part that changes with the tab, the search and the filters."""
    query = OrderQuery.from_args(request.args)
    here = _address(query.args() | _place())
    if is_fragment_request("list"):
        response = make_response(render_template("orders/_list.html", **_listing(query)))
        # A form sends its empty fields too; the address that is kept says only what matters. The list that catches up with
        # what is new stays at its address: pushed again, each time would be one step more on the way back.
        if here != local_path(request.headers.get("HX-Current-URL", "")):
            is_typing = request.headers.get("HX-Source") == "input#q"
            response.headers["HX-Replace-Url" if is_typing else "HX-Push-Url"] = here
        return response
    if "" in request.args.values() and not query.not_understood:
        return redirect(here)
    return render_template(
        "orders/index.html", fetch_runs=fetching.under_way(), active_shops=_active_shops(), **_listing(query)
    )


@blueprint.get("/orders/live")
@needs("viewer")
def live() -> ResponseReturnValue:
    """What is new since the version that the page shows: 204 when nothing is."""
    known = request.args.get("v", "")
    version = tabs.version()
    if version == known:
        return "", 204
    query = OrderQuery.from_args(request.args)
    return render_template("orders/_live.html", **_listing(query))


@blueprint.post("/orders/columns")
@needs("viewer")
def columns() -> ResponseReturnValue:
    """Remembers which columns are shown, in which order, and how high the rows are: for the saved view that the address
    is, else for this person's browser."""
    query = OrderQuery.from_args(request.args)
    grid = _chosen_grid()
    if not views.keep_grid(query, grid.text()):
        g.order_grid = grid
    if is_fragment_request("list"):
        response = make_response(render_template("orders/_list.html", **_listing(query)))
    else:
        response = make_response(redirect(_address(query.args() | _place()), 303))
    if "order_grid" in g:
        response.set_cookie(
            COOKIE, grid.text(), max_age=A_YEAR, samesite="Lax", httponly=True, secure=request.is_secure
        )
    return response


def _chosen_grid() -> Grid:
    """What the form says: the ticked columns in the form's order, one of them moved if its button was pressed."""
    if request.form.get("usual"):
        return Grid()
    grid = Grid.of(request.form.getlist("column"), request.form.get("rows") == "compact")
    key, _, steps = request.form.get("move", "").partition(":")
    return grid.moved(key, -1 if steps == "-1" else 1) if key else grid


def grid_of(query: OrderQuery) -> Grid:
    """How a list looks: as its saved view says, or as this person chose last."""
    view = views.current_view(query)
    if view is not None and view.grid:
        return Grid.read(view.grid)
    chosen: Grid | None = g.get("order_grid")
    return chosen or Grid.from_cookie()


def _listing(query: OrderQuery) -> Mapping[str, Any]:
    version = tabs.version()
    counted, counted_at = tabs.counts(version)
    page = pages.page(
        query,
        older=request.args.get("older"),
        newer=request.args.get("newer"),
        with_unread=counted_at != version or counted[tabs.UNREAD] > 0,
    )
    place = _place()
    return {
        "query": query,
        "page": page,
        "here": _address(query.args() | place),
        "live_args": query.args() | place,
        # With counters that are behind, the page asks again until they are not.
        "version": version if counted_at == version else "behind",
        "newest": version,
        "tabs": tabs.shown(counted, query.tab),
        "total": counted["all"],
        "grid": grid_of(query),
        "shop_label": shops.label,
        "zone": shops.panel_zone(),
        "choices": _choices(),
        "groups": causes.groups() if query.tab.is_error and not query.is_narrowed and not place else [],
    }


def _address(arguments: dict[str, str]) -> str:
    return url_for("orders.index") + (f"?{urlencode(arguments)}" if arguments else "")


def _place() -> dict[str, str]:
    """Which page the address names."""
    return {name: request.args[name] for name in ("older", "newer") if pages.read_cursor(request.args.get(name))}


def _choices() -> Mapping[str, Any]:
    """What the filter form offers."""
    return {
        "periods": filters.PERIODS,
        "ship_by": filters.SHIP_BY,
        "auto_cancel": filters.AUTO_CANCEL,
        "sorts": SORTS,
        "fulfilment": filters.FULFILMENT,
        "states": filters.STATES,
        "statuses": {status: formats.status_word(status) for status in statuses.ORDER_STATUSES},
        "shops": list(shops.labels().values()),
    }


def _active_shops() -> list[shops.ShopLabel]:
    return [shop for shop in shops.labels().values() if shop.is_active]
