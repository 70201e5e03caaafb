"""What has to be known before a Magento order can be written: its products, its amounts, its address."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import select

from connector.domain import edited_address, plan_hold
from connector.domain.address import postal_address
from connector.domain.address_print import PLACEHOLDER, address_print
from connector.domain.amounts import book
from connector.domain.billing import fixed_billing
from connector.domain.booking import Booking
from connector.domain.countries import REGION_REQUIRED
from connector.domain.errors import NeedsMerchant
from connector.domain.magento_order import MagentoProduct
from connector.domain.plan import RECORD, way_of
from connector.domain.postal import PostalAddress
from connector.domain.product_problems import OUT_OF_STOCK
from connector.domain.products import Matching, SkuMapping, match, skus_to_look_up
from connector.domain.settings import ShopSettings
from connector.extensions import db
from connector.models import SkuMapping as SkuMappingRow
from connector.models.transaction import end_transaction
from connector.sync import problems
from connector.sync.run import Run

#: What Magento's cart told of products that its catalogue did not: by SKU, as they really are. None: not there any more.
Refused = Mapping[str, MagentoProduct | None]


@dataclass(frozen=True, kw_only=True)
class Prepared:
    matching: Matching
    booking: Booking
    #: What Magento has of what was looked up.
    catalogue: Mapping[str, MagentoProduct]


def prepare(run: Run, refused: Refused | None = None) -> Prepared:
    """The Magento products and amounts of the run's order. `refused` goes before what the catalogue says.

    Raises NeedsMerchant that names every problem with a product, the first one's code and SKU first; all are kept for
    the SKU page.
    """
    settings = _settings(run)
    mappings = _mappings(run)
    matching, catalogue = _matched(run, settings, mappings, refused)
    problems.keep(run, matching, settings, mappings)
    if matching.problems:
        raise problems.error_of(matching.problems)
    return Prepared(matching=matching, booking=_booked(run, matching, settings), catalogue=catalogue)


def booking_now(run: Run) -> Booking | None:
    """How an order that is in Magento already would be booked today; None where that can't be said. No problem is kept."""
    settings = _settings(run)
    try:
        matching, _ = _matched(run, settings, _mappings(run))
        return None if matching.problems else _booked(run, matching, settings)
    except NeedsMerchant:
        return None


@dataclass(frozen=True, kw_only=True)
class Change:
    """What became of an order on TikTok after it was booked: other products, or another total for the same ones."""

    is_other_products: bool = False
    booking: Booking | None = None


def change_since(run: Run, was: Booking) -> Change:
    """What changed since an order was booked; nothing where that can't be said. Lines cancelled since are no change.

    Its own pieces may be the last: that there is no more stock says nothing.
    """
    settings = replace(_settings(run), product_problem="error")
    try:
        matching, _ = _matched(run, settings, _mappings(run))
        if any(problem.code != OUT_OF_STOCK for problem in matching.problems):
            return Change()
        now = _booked(run, matching, settings)
    except NeedsMerchant:
        return Change()
    booked, live = _products_of_lines(was), _products_of_lines(now)
    gone = booked.keys() - {line.id for line in run.whole.line_items}
    if gone or any(products != booked.get(line_id) for line_id, products in live.items()):
        return Change(is_other_products=True)
    is_same = booked.keys() != live.keys() or now.totals.grand_total == was.totals.grand_total
    return Change(booking=None if is_same else now)


def _products_of_lines(booking: Booking) -> dict[str, list[tuple[str, int]]]:
    """Which rows each line item is in, with the row's pieces for each of its line items."""
    found: dict[str, list[tuple[str, int]]] = {}
    for row in sorted(booking.rows, key=lambda row: row.key):
        for line_id, count in row.by_line.items():
            found.setdefault(line_id, []).append((row.key, count))
    return found


def _matched(
    run: Run, settings: ShopSettings, mappings: dict[str, SkuMapping], refused: Refused | None = None
) -> tuple[Matching, Mapping[str, MagentoProduct]]:
    catalogue = _catalogue(run, settings, mappings)
    really = {key: (refused or {}).get(found.sku, found) for key, found in catalogue.items()}
    catalogue = {key: product for key, product in really.items() if product is not None}
    return match(run.whole, settings, mappings, catalogue), catalogue


def _booked(run: Run, matching: Matching, settings: ShopSettings) -> Booking:
    currency = run.order.payment.currency
    rates = run.store.currency_for(currency) if currency and not settings.exchange_rate else run.store.currency
    booking = book(
        run.whole,
        matching.products,
        settings,
        base_currency=rates.base_currency,
        base_rate=rates.base_rate(currency),
    )
    return replace(booking, notes=(*booking.notes, *matching.notes))


def _settings(run: Run) -> ShopSettings:
    """The shop's settings, with the order's own way; who asked for it to be recorded wants it whatever its products are."""
    if run.record.forced_way == RECORD:
        return replace(run.settings, product_problem="record")
    way = way_of(run.order, run.record, run.settings)
    return replace(run.settings, create_way="record" if way == RECORD else "reserve")


def address_of(run: Run) -> PostalAddress:
    """The order's address with Magento's region, as a person put it right or as TikTok gives it.

    Raises NeedsMerchant where it can't be one of Magento's.
    """
    edited = run.record.edited_address
    if edited is not None:
        return edited_address.with_region(edited, run.store.regions(edited.country_id))
    if plan_hold.needs_placeholder(run.order, run.record):
        regions = run.store.regions(run.order.recipient.country_code)
        return plan_hold.placeholder_address(run.order, run.settings, regions)
    country = run.order.recipient.country_code
    return postal_address(
        run.order.recipient,
        run.order,
        run.settings,
        run.store.regions(country),
        region_required=country in REGION_REQUIRED,
    )


def print_of_address(run: Run) -> str:
    """The fingerprint of what the order's address is written from now."""
    edited = run.record.edited_address
    if edited is not None:
        return edited_address.print_of(run.order.id, edited)
    return PLACEHOLDER if plan_hold.needs_placeholder(run.order, run.record) else address_print(run.order)


def billing_of(run: Run) -> PostalAddress | None:
    """The merchant's own billing address for all orders, or None: the order's own. Raises NeedsMerchant for an unknown region."""
    if run.settings.billing_address != "fixed":
        return None
    country = run.settings.billing_country
    return fixed_billing(run.settings, run.store.regions(country), region_required=country in REGION_REQUIRED)


def _mappings(run: Run) -> dict[str, SkuMapping]:
    rows = db.session.scalars(select(SkuMappingRow).where(SkuMappingRow.tiktok_sku.in_(_tiktok_skus(run)))).all()
    found = {row.tiktok_sku: SkuMapping.from_stored(row.tiktok_sku, row.products) for row in rows}
    end_transaction()
    return found


def _tiktok_skus(run: Run) -> set[str]:
    skus: set[str] = set()
    for item in run.whole.line_items:
        skus |= {item.seller_sku, item.sku_id}
        for part in item.bundle_parts:
            skus |= {part.seller_sku, part.sku_id}
    return skus - {""}


def _catalogue(run: Run, settings: ShopSettings, mappings: dict[str, SkuMapping]) -> dict[str, MagentoProduct]:
    """What Magento has of the order's products, by what was looked up: a SKU, or a value of the merchant's attribute."""
    wanted = sorted(skus_to_look_up(run.whole, settings, mappings))
    found = run.magento_client.products_by_sku(wanted)
    missing = [sku for sku in wanted if sku not in found]
    if settings.sku_attribute and missing:
        by_value = run.magento_client.products_by_attribute(settings.sku_attribute, missing)
        found |= {value: _likeliest(products) for value, products in by_value.items() if products}
        missing = [sku for sku in missing if sku not in found]
    if missing:
        # Not in this store view; perhaps in another: then it is not unknown, but not sold here.
        elsewhere = run.store.everywhere.products_by_sku(missing)
        found |= {sku: replace(p, is_in_store=False) for sku, p in elsewhere.items() if sku not in found}
    return found


def _likeliest(products: Iterable[MagentoProduct]) -> MagentoProduct:
    """Of several products with one value of the attribute: one that can be sold as it is, then the oldest."""
    return min(products, key=lambda p: (not p.is_enabled, p.type_id in ("configurable", "bundle", "grouped"), p.id))
