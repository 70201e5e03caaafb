"""A test order for the first run: placed in Magento as a real one would be, looked at, and cancelled again.

By the same steps as any order, but with no order of TikTok's and no row of ours behind it: nothing is fetched, told to TikTok
or kept, and what is left is one cancelled order in Magento that says what it was.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from connector import clock
from connector.domain import statuses
from connector.domain.errors import ConnectorError
from connector.domain.order import District, LineItem, Order, Payment, Recipient
from connector.domain.plan import RESERVE, CancelInMagento, CorrectInMagento, CreateInMagento, Record
from connector.domain.settings import ShopSettings
from connector.extensions import db, queue
from connector.magento.errors import OutOfStock, ProductUnavailable
from connector.models import Order as OrderRow
from connector.models import Setting, Shop
from connector.models.transaction import end_transaction, transaction
from connector.sync import gateways, steps, stopping
from connector.sync.checks import Check, as_it_stands, words
from connector.sync.lease import Lease, LeaseLost
from connector.sync.run import Keys, Run, ShopFacts
from connector.sync.store_checks import CURRENCIES
from connector.sync.store_facts import StoreFacts, facts_of

log = logging.getLogger(__name__)

PRICE, SHIPPING = Decimal("10.00"), Decimal("4.99")
INTERRUPTED = Check(
    "Test order",
    False,
    "The test was interrupted. Look in Magento's orders for one of TEST-…, cancel it if it is there, and send the test again.",
)


def _name(shop_id: int) -> str:
    return f"test_order_{shop_id}"


def last(shop_id: int) -> dict[str, Any]:
    """How a shop's last test went: {"state": "running"|"done", "asked_at", "results": [{name, ok, message}]}; {}: none yet."""
    row = db.session.get(Setting, _name(shop_id), populate_existing=True)
    return as_it_stands(row.value if row is not None else {}, INTERRUPTED)


def ask(shop_id: int) -> bool:
    """Has a worker send a test order. False: the workers' queue is away, and how the last one went stays."""
    before = _write(shop_id, "running", [])
    woken = queue.wake_test_order(shop_id)
    if not woken:
        with transaction() as session:
            row = session.get_one(Setting, _name(shop_id), with_for_update=True)
            if before is None:
                session.delete(row)
            else:
                row.value = before
    return woken


def _write(shop_id: int, state: str, results: list[Check]) -> dict[str, Any] | None:
    """Writes down how a shop's test stands. Returns what stood there."""
    value = {
        "state": state,
        "asked_at": clock.now().isoformat(),
        "results": [asdict(result) for result in results],
    }
    with transaction() as session:
        row = session.get(Setting, _name(shop_id), with_for_update=True)
        if row is None:
            session.add(Setting(name=_name(shop_id), value=value))
            return None
        before: dict[str, Any] = row.value
        row.value = value
        return before


def run(shop_id: int) -> None:
    """Sends the test order that was asked for; each finding is written down as it comes."""
    results: list[Check] = []

    def found(check: Check) -> None:
        results.append(check)
        _write(shop_id, "running", results)

    try:
        _send(shop_id, found)
    except ConnectorError as error:
        found(Check("Test order", False, words(error)))
    except BaseException:  # the process shall stop, or a fault of ours: nobody waits for it any longer
        db.session.rollback()
        _write(shop_id, "done", [*results, INTERRUPTED])
        raise
    _write(shop_id, "done", results)


@dataclass(kw_only=True)
class Rehearsal(Run):
    """A run with no row: receipts are kept in it alone."""

    def receipt(self, code: str = "", sentence: str = "", **columns: Any) -> None:
        """What a real run would write into its order's row."""
        self.keys = replace(
            self.keys,
            cart_id=columns.get("magento_cart_id", self.keys.cart_id),
            placing_at=columns.get("magento_placing_at", self.keys.placing_at),
            order_id=columns.get("magento_order_id", self.keys.order_id),
        )


def _send(shop_id: int, found: Callable[[Check], None]) -> None:
    shop = db.session.get_one(Shop, shop_id, populate_existing=True)
    settings = _settings(shop.settings)
    store = gateways.store_of(shop)
    client = gateways.magento_client(store, store_view_code=shop.store_view_code, before_call=stopping.check, shop=shop)
    everywhere = gateways.magento_client(store, store_view_code="all", before_call=stopping.check, shop=shop)
    tiktok = gateways.tiktok_client(shop, before_call=stopping.check)
    facts = facts_of(store, client, everywhere, shop.store_view_code)
    region = shop.region
    shop_facts = ShopFacts(id=shop.id, region=region, ships_by=shop.ships_by)
    end_transaction()
    number = f"TEST-{clock.now():%Y%m%d%H%M%S}"
    for sku in client.sellable_skus():
        order = _order(number, sku, region, facts)
        run = Rehearsal(
            row_id=0,
            lease=Lease(0, "test order", clock.now() + timedelta(hours=1)),
            row=OrderRow(),
            read_at=0,
            shop=shop_facts,
            order=order,
            whole=order,
            record=Record(),
            keys=Keys(cart_id=None, placing_at=None, order_id=None, known_at=clock.now()),
            settings=settings,
            tiktok=tiktok,
            magento_client=client,
            store=facts,
        )
        try:
            steps.act(run, CreateInMagento(RESERVE))
        except (LeaseLost, OutOfStock, ProductUnavailable):
            log.info("the test order cannot be made of this product, the next is tried")
            continue  # nobody has lost a lease: there is no row in which to keep what is wrong with the product
        _go_on(run, sku, found)
        return
    found(
        Check(
            "Test order",
            False,
            "Magento has no simple product that is enabled and in stock, so no test order can be made of one. Add one, or"
            " put one in stock, then try again.",
        )
    )


def _go_on(run: Rehearsal, sku: str, found: Callable[[Check], None]) -> None:
    """The order is in Magento: whatever comes now, it is cancelled."""
    assert run.keys.order_id is not None  # noqa: S101
    placed = run.magento = run.magento_client.get_order(run.keys.order_id)
    found(
        Check(
            "Placed",
            True,
            f"Magento's order {placed.increment_id}: one {sku}, in state {placed.state}, its stock reserved.",
        )
    )
    try:
        steps.act(run, CorrectInMagento())
        assert run.magento is not None  # noqa: S101
        total = f"{run.magento.grand_total} {run.magento.order_currency_code}"
        found(Check("Amounts", True, f"Set as TikTok would say; Magento's total is {total}."))
    except ConnectorError as error:
        found(Check("Amounts", False, words(error)))
    try:
        steps.act(run, CancelInMagento())
        after = run.magento_client.get_order(placed.entity_id)
    except ConnectorError as error:
        found(_left(placed.increment_id, words(error)))
        return
    if after.is_canceled:
        found(Check("Cancelled", True, f"Order {placed.increment_id} is cancelled again, and its stock is given back."))
    else:
        found(_left(placed.increment_id, f"Magento left it in state {after.state}."))


def _left(increment_id: str, why: str) -> Check:
    return Check(
        "Cancelled", False, f"Order {increment_id} could not be cancelled: {why} Cancel it in Magento's admin."
    )


def _settings(settings: ShopSettings) -> ShopSettings:
    """The shop's own, but for what would look for the product elsewhere than where it is known to be."""
    return replace(settings, sku_strip_prefix="", sku_strip_suffix="", sku_attribute="", product_problem="error")


def _order(number: str, sku: str, region: str, facts: StoreFacts) -> Order:
    """An order as TikTok could have sent it."""
    now = clock.now()
    country = Recipient(region_code=region).country_code
    regions = facts.regions(country)
    districts = [District(level="L0", level_name="country", name=country, iso_code=country)]
    if regions:
        districts.append(District(level="L1", level_name="state", name=regions[0].name, iso_code=regions[0].code))
    districts.append(District(level="L3", level_name="city", name="Test City"))
    total = PRICE + SHIPPING
    return Order(
        id=number,
        status=statuses.AWAITING_SHIPMENT,
        create_time=now,
        update_time=now,
        payment=Payment(
            currency=CURRENCIES.get(region) or facts.currency.base_currency,
            total_amount=total,
            sub_total=PRICE,
            original_total_product_price=PRICE,
            shipping_fee=SHIPPING,
            original_shipping_fee=SHIPPING,
        ),
        line_items=(
            LineItem(
                id=f"{number}-1", sku_id=sku, seller_sku=sku, product_name=sku, original_price=PRICE, sale_price=PRICE
            ),
        ),
        recipient=Recipient(
            name="Test Order",
            first_name="Test",
            last_name="Order",
            phone_number="000-000-0000",
            region_code=region,
            postal_code="10001",
            address_line1="1 Test Street",
            full_address="1 Test Street, Test City",
            post_town="Test City",
            districts=tuple(districts),
        ),
        cancel_reason="it was a test of the TikTok Shop connector",
        buyer_email="",
    )
