"""Where the goods lie: TikTok's warehouses beside Magento's inventory sources, row by row, as the carriers."""

from __future__ import annotations

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from connector.blueprints.carriers import blueprint
from connector.blueprints.carriers.views import no_shop, shop_asked
from connector.blueprints.orders.shops import row_or_404
from connector.blueprints.panel import actor, done, needs
from connector.models.audit import SETTINGS
from connector.models.transaction import transaction
from connector.sync import asks, audit, carriers, warehouses


@blueprint.get("/warehouses")
@needs("viewer")
def warehouses_page() -> ResponseReturnValue:
    """The warehouses of a shop (`shop`, else the first)."""
    shops = asks.active_shops()
    shop = shop_asked(shops)
    if shop is None:
        return no_shop()
    return render_template(
        "warehouses/index.html",
        shop=shop,
        shops=shops,
        rows=warehouses.rows_of(shop.id),
        sources=warehouses.sources_of(shop.id),
    )


@blueprint.post("/warehouses/<int:shop_id>")
@needs("staff")
def map_warehouse(shop_id: int) -> Response:
    """Maps one warehouse to a source; an empty choice is Magento's default source."""
    shop = row_or_404(shop_id)
    back_to = url_for("carriers.warehouses_page", shop=shop.id)
    source_code = request.form.get("source", "")[:255]
    try:
        name = warehouses.map_warehouse(shop.id, request.form.get("warehouse", ""), source_code)
    except asks.Refused as refused:
        return done(str(refused), back_to, status="error")
    with transaction() as session:
        audit.note(
            session, actor(), SETTINGS, "Warehouse", subject=name, shop_id=shop_id, after=source_code or "default"
        )
    return done(_("%(name)s: saved. Shipments made here take from it from now on.", name=name), back_to)


@blueprint.post("/warehouses/<int:shop_id>/refresh")
@needs("staff")
def refresh_warehouses(shop_id: int) -> Response:
    """Has both lists read anew, by a worker."""
    shop = row_or_404(shop_id)
    carriers.refresh(shop.id)
    return done(_("Both lists are being read anew."), url_for("carriers.warehouses_page", shop=shop.id))


@blueprint.app_context_processor
def _for_templates() -> dict[str, object]:
    return {"warehouse_names": warehouses.names_for}
