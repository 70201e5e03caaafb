"""The page: what orders wait for, what is mapped, and mapping with one click on a product."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement, Text, cast, func, or_, select

from connector import clock
from connector.blueprints.auth.views import local_path
from connector.blueprints.orders import shops
from connector.blueprints.panel import actor, done, is_fragment_request, needs
from connector.blueprints.skus import blueprint, catalogue
from connector.blueprints.skus.waiting import WaitingSku, counts, of_order, waiting
from connector.domain.sku_mapping import MappedProduct
from connector.extensions import db
from connector.models import Order, SkuMapping
from connector.sync import catalogue as reading
from connector.sync import sku_mappings

MAPPINGS_SHOWN = 100
#: For so many of the waiting SKUs likely products are looked up at once.
WITH_SUGGESTIONS = 20


@blueprint.get("/skus")
@needs("viewer")
def index() -> ResponseReturnValue:
    """All of it, or with `sku` what is about one SKU (the link from an order's error)."""
    sku = request.args.get("sku", "").strip()[:200]
    return render_template("skus/index.html", **_page(sku))


@blueprint.get("/skus/search")
@needs("viewer")
def search() -> ResponseReturnValue:
    """Products for what was typed, as buttons; without htmx the page with them."""
    tiktok_sku = request.args.get("tiktok_sku", "")[:200]
    text = request.args.get("q", "")[:200]
    if not is_fragment_request():
        return redirect(url_for("skus.index", sku=tiktok_sku, q=text))
    found = catalogue.search(text) if text.strip() else _suggested(tiktok_sku)
    return render_template("skus/_results.html", products=found, text=text)


@blueprint.post("/skus/map")
@needs("staff")
def save() -> Response:
    """Maps a TikTok SKU to one product, and releases the orders that waited for it."""
    tiktok_sku = request.form.get("tiktok_sku", "").strip()
    sku = request.form.get("product", "").strip()
    back_to = local_path(request.form.get("back_to", "")) or url_for("skus.index")
    quantity = request.form.get("quantity", "1").strip() or "1"
    product = catalogue.by_sku([sku]).get(sku)
    if product is not None and product.needs_choice:
        return make_response(redirect(url_for("skus.edit", sku=tiktok_sku, add=sku, quantity=quantity), 303))
    if product is None and catalogue.is_known():
        return done(
            f"Magento's catalogue has no product {sku}. Refresh the catalogue if it is new.", back_to, status="error"
        )
    try:
        if not quantity.isdecimal():
            raise sku_mappings.Refused("The quantity is a whole number.")
        released = sku_mappings.save(tiktok_sku, [MappedProduct(sku=sku, quantity=int(quantity))], actor())
    except sku_mappings.Refused as refused:
        return done(str(refused), back_to, status="error")
    return done(saved_sentence(tiktok_sku, released), back_to)


@blueprint.post("/skus/delete")
@needs("staff")
def delete() -> Response:
    """Forgets a mapping."""
    tiktok_sku = request.form.get("tiktok_sku", "")
    if sku_mappings.delete(tiktok_sku, actor()):
        return done(
            f"The mapping of {tiktok_sku} is deleted. Orders in Magento stay as they are.", url_for("skus.index")
        )
    return done(f"{tiktok_sku} is not mapped any more.", url_for("skus.index"), status="error")


@blueprint.post("/skus/refresh")
@needs("staff")
def refresh() -> Response:
    """Reads the catalogue anew, in the background."""
    if reading.refresh_now():
        return done("Reading the catalogue from Magento.", url_for("skus.index"))
    return done("No Magento store is connected.", url_for("skus.index"), status="error")


def saved_sentence(tiktok_sku: str, released: int) -> str:
    """What saving a mapping did."""
    if not released:
        return f"{tiktok_sku} is mapped. No order waited for it."
    orders = "1 order that waited goes" if released == 1 else f"{released:,} orders that waited go"
    return f"{tiktok_sku} is mapped; {orders} on now."


def _page(sku: str) -> Mapping[str, Any]:
    entries = waiting(sku)
    in_all, waited_for = counts(sku)
    text = request.args.get("q", "")[:200]
    mappings, mapping_count = _mappings(sku)
    if sku and not any(entry.tiktok_sku == sku or entry.sku == sku for entry in entries) and not mappings:
        entries.insert(0, WaitingSku(sku, "", sku, "", "", "", order_count=0))
    products = catalogue.by_sku(p["sku"] for row in mappings for p in row.products)
    return {
        "sku": sku,
        "find": request.args.get("find", "")[:200],
        "text": text,
        "entries": entries,
        "in_all": in_all,
        "waited_for": waited_for,
        "results": {entry.tiktok_sku: _results(entry, text, at) for at, entry in enumerate(entries)},
        "mappings": mappings,
        "mapping_count": mapping_count,
        "products": products,
        "catalogue": catalogue.state(clock.now()),
        "in_words": sku_mappings.in_words,
        "zone": shops.panel_zone(),
        "here": url_for("skus.index", sku=sku or None),
    }


def _results(entry: WaitingSku, text: str, at: int) -> list[catalogue.Product]:
    if text.strip() and at == 0:
        return catalogue.search(text)
    return catalogue.suggestions(entry.tiktok_sku, entry.product_name) if at < WITH_SUGGESTIONS else []


def _suggested(tiktok_sku: str) -> list[catalogue.Product]:
    entries = waiting(tiktok_sku, 1)
    return catalogue.suggestions(tiktok_sku, entries[0].product_name if entries else "")


def _mappings(sku: str) -> tuple[list[SkuMapping], int]:
    """The first mappings that fit, and how many fit."""
    conditions: list[ColumnElement[bool]] = [SkuMapping.tiktok_sku == sku] if sku else []
    find = request.args.get("find", "").strip()
    if find:
        in_products = cast(SkuMapping.products, Text).icontains(find, autoescape=True)
        conditions.append(or_(SkuMapping.tiktok_sku.icontains(find, autoescape=True), in_products))
    listed = select(SkuMapping).where(*conditions).order_by(SkuMapping.tiktok_sku).limit(MAPPINGS_SHOWN)
    count = db.session.scalar(select(func.count(SkuMapping.id)).where(*conditions)) or 0
    return list(db.session.scalars(listed)), count


def for_order(order: Order) -> list[tuple[WaitingSku, list[catalogue.Product]]]:
    """What an order waits for, each with likely products: for the form in the order's error."""
    return [(entry, catalogue.suggestions(entry.tiktok_sku, entry.product_name)) for entry in of_order(order.id)[:10]]


@blueprint.app_context_processor
def _for_templates() -> dict[str, Any]:
    return {"skus_of_order": for_order}
