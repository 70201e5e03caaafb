"""TikTok's warehouse decides from which of Magento's sources a shipment takes the goods."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import select, update

from connector.extensions import db
from connector.models import Shop, Store, Warehouse
from connector.models.transaction import end_transaction, transaction
from connector.sync import converge, ship_asks, warehouses
from tests.sync.conftest import Work
from tests.sync.merchant import Merchant


def mapped(work: Work, source_code: str) -> int:
    """Both lists read, and the only warehouse mapped; the shop's row."""
    with work.magento.state.lock:
        work.magento.state.other_sources["west"] = {"MUG-01": Decimal(5)}
    shop_id = db.session.scalar(select(Shop.id))
    assert shop_id is not None
    end_transaction()
    warehouses.read(shop_id)
    [row] = warehouses.rows_of(shop_id)
    warehouses.map_warehouse(shop_id, row.warehouse_id, source_code)
    return shop_id


def quantities(work: Work) -> tuple[Decimal, Decimal]:
    with work.magento.state.lock:
        return work.magento.state.source_quantity["MUG-01"], work.magento.state.other_sources["west"]["MUG-01"]


def ship(work: Work) -> Any:
    order_id = work.place(lines=[{"seller_sku": "MUG-01", "quantity": 1}])
    row = work.sync(order_id)
    ship_asks.ship(row.id, "a@example.com", carrier_code="ups", title="", number="1Z999AA1")
    converge.sync_order(row.id)
    return work.row(order_id)


def test_a_shipment_made_in_the_panel_takes_from_the_mapped_source(work: Work) -> None:
    Merchant(work).map("ups", "UPS")
    shop_id = mapped(work, "west")
    before = quantities(work)
    row = ship(work)
    assert quantities(work) == (before[0], before[1] - 1)
    [book] = work.magento_orders(row.tiktok_order_id)
    assert [one["extension_attributes"]["source_code"] for one in book["shipments"]] == ["west"]
    assert warehouses.names_for(shop_id, row.document["warehouse_id"]) == ("Main warehouse", "West")


def test_without_a_mapping_magento_takes_its_default_source_and_a_mapping_outlives_reading_anew(work: Work) -> None:
    Merchant(work).map("ups", "UPS")
    shop_id = mapped(work, "")
    before = quantities(work)
    ship(work)
    assert quantities(work) == (before[0] - 1, before[1])
    [row] = warehouses.rows_of(shop_id)
    warehouses.map_warehouse(shop_id, row.warehouse_id, "west")
    warehouses.read(shop_id)
    assert [one.source_code for one in db.session.scalars(select(Warehouse))] == ["west"]
    end_transaction()


def test_a_store_that_does_not_answer_is_said_and_nothing_is_lost(work: Work) -> None:
    shop_id = mapped(work, "west")
    with transaction() as session:
        session.execute(update(Store).values(url="http://127.0.0.1:1"))
    warehouses.read(shop_id)
    shop = db.session.get_one(Shop, shop_id, populate_existing=True)
    assert shop.warehouses_error
    end_transaction()
    assert [row.source_code for row in warehouses.rows_of(shop_id)] == ["west"]
