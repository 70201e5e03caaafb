"""What has to be known before a Magento order can be written: its products, its amounts, its address."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from connector.domain.address import postal_address
from connector.domain.amounts import book
from connector.domain.booking import Booking, ProductOption
from connector.domain.countries import REGION_REQUIRED
from connector.domain.errors import NeedsMerchant
from connector.domain.magento_order import MagentoProduct
from connector.domain.postal import PostalAddress
from connector.domain.products import MappedProduct, Matching, SkuMapping, match, skus_to_look_up
from connector.extensions import db
from connector.models import SkuMapping as SkuMappingRow
from connector.models.transaction import end_transaction
from connector.sync.run import Run


@dataclass(frozen=True, kw_only=True)
class Prepared:
    matching: Matching
    booking: Booking


def prepare(run: Run) -> Prepared:
    """The Magento products and amounts of the run's order. Raises NeedsMerchant for the first problem with a product."""
    mappings = _mappings(run)
    catalogue = _catalogue(run, mappings)
    matching = match(run.order, run.settings, mappings, catalogue)
    if matching.problems:
        problem = matching.problems[0]
        raise NeedsMerchant(problem.message, code=problem.code, remedy=problem.remedy, subject=problem.sku)
    rates = run.store.currency
    booking = book(
        run.order,
        matching.products,
        run.settings,
        base_currency=rates.base_currency,
        base_rate=rates.base_rate(run.order.payment.currency),
    )
    return Prepared(matching=matching, booking=booking)


def address_of(run: Run) -> PostalAddress:
    """The order's address with Magento's region. Raises NeedsMerchant where it can't be one of Magento's."""
    country = run.order.recipient.region_code
    return postal_address(
        run.order.recipient,
        run.order,
        run.settings,
        run.store.regions(country),
        region_required=country in REGION_REQUIRED,
    )


def stored(prepared: Prepared) -> dict[str, Any]:
    """A booking as JSON, amounts as text: for the order page, and for what is undone later.

    `pieces` is what each of TikTok's line items is in Magento: line item id to SKU to quantity.
    """

    def plain(value: Any) -> Any:
        if isinstance(value, Decimal):
            return str(value)
        if isinstance(value, dict):
            return {name: plain(inner) for name, inner in value.items()}
        if isinstance(value, list | tuple):
            return [plain(inner) for inner in value]
        return value

    document: dict[str, Any] = plain(asdict(prepared.booking))
    in_magento = {line_id for row in prepared.booking.rows for line_id in row.line_item_ids}
    document["pieces"] = {
        line_id: {product.sku: product.quantity for product in products}
        for line_id, products in prepared.matching.products.items()
        if line_id in in_magento
    }
    return document


def _mappings(run: Run) -> dict[str, SkuMapping]:
    rows = db.session.scalars(select(SkuMappingRow).where(SkuMappingRow.tiktok_sku.in_(_tiktok_skus(run)))).all()
    end_transaction()
    return {row.tiktok_sku: _mapping(row) for row in rows}


def _mapping(row: SkuMappingRow) -> SkuMapping:
    products = tuple(
        MappedProduct(
            sku=product["sku"],
            quantity=product.get("quantity", 1),
            options=tuple(
                ProductOption(**{**option, "values": tuple(option["values"])}) for option in product.get("options", ())
            ),
        )
        for product in row.products
    )
    return SkuMapping(tiktok_sku=row.tiktok_sku, products=products)


def _tiktok_skus(run: Run) -> set[str]:
    skus: set[str] = set()
    for item in run.order.line_items:
        skus |= {item.seller_sku, item.sku_id}
        for part in item.bundle_parts:
            skus |= {part.seller_sku, part.sku_id}
    return skus - {""}


def _catalogue(run: Run, mappings: dict[str, SkuMapping]) -> dict[str, MagentoProduct]:
    return run.magento_client.products_by_sku(sorted(skus_to_look_up(run.order, run.settings, mappings)))
