"""TikTok's warehouses and Magento's inventory sources: read with the carriers, mapped by the merchant, used when shipping."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, select

from connector import clock
from connector.domain.errors import ConnectorError
from connector.extensions import db
from connector.models import Order, Shop, Source, Warehouse
from connector.models.transaction import end_transaction, transaction
from connector.sync import gateways, stopping
from connector.sync.asks import Refused

#: Where returned goods arrive: nothing is shipped from there.
RETURNS = "RETURN_WAREHOUSE"


def read(shop_id: int) -> None:
    """Reads a shop's warehouses and its store's sources anew; mappings stay. What fails is said at the shop."""
    shop = db.session.get_one(Shop, shop_id, populate_existing=True)
    tiktok = gateways.tiktok_client(shop, before_call=stopping.check)
    end_transaction()
    try:
        warehouses = [one for one in tiktok.warehouses() if one.type != RETURNS and one.id]
        shop = db.session.get_one(Shop, shop_id, populate_existing=True)
        store = gateways.store_of(shop)
        # Sources are the whole installation's, whatever the store view.
        magento = gateways.magento_client(store, store_view_code="all", before_call=stopping.check, shop=shop)
        store_id = store.id
        end_transaction()
        sources = magento.inventory_sources()
    except ConnectorError as error:
        with transaction() as session:
            session.get_one(Shop, shop_id).warehouses_error = error.message[:500]
        return
    now = clock.now()
    with transaction() as session:
        kept = dict(
            session.execute(
                select(Warehouse.warehouse_id, Warehouse.source_code).where(Warehouse.shop_id == shop_id)
            ).all()
        )
        session.execute(delete(Warehouse).where(Warehouse.shop_id == shop_id))
        session.execute(delete(Source).where(Source.store_id == store_id))
        session.add_all(
            Warehouse(
                shop_id=shop_id, warehouse_id=one.id[:64], name=one.name[:200], is_default=one.is_default, read_at=now,
                source_code=kept.get(one.id, ""),
            )
            for one in warehouses
        )  # fmt: skip
        session.add_all(
            Source(
                store_id=store_id, source_code=one.source_code[:255], name=one.name[:255], is_enabled=one.is_enabled,
                read_at=now,
            )
            for one in sources
        )  # fmt: skip
        session.get_one(Shop, shop_id).warehouses_error = ""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A warehouse on the page: what it is mapped to, and what is suggested by its name."""

    id: int
    warehouse_id: str
    name: str
    is_default: bool
    source_code: str
    source_name: str
    suggested: str


def rows_of(shop_id: int) -> list[Row]:
    """A shop's warehouses, the default one first."""
    sources = sources_of(shop_id)
    names = {source.source_code: source.name for source in sources}
    rows = db.session.scalars(
        select(Warehouse)
        .where(Warehouse.shop_id == shop_id)
        .order_by(Warehouse.is_default.desc(), Warehouse.name, Warehouse.id)
    )
    return [
        Row(
            id=row.id,
            warehouse_id=row.warehouse_id,
            name=row.name,
            is_default=row.is_default,
            source_code=row.source_code,
            source_name=names.get(row.source_code, row.source_code),
            suggested=next((one.source_code for one in sources if _alike(row.name, one)), ""),
        )
        for row in rows
    ]


def sources_of(shop_id: int) -> list[Source]:
    """The sources of a shop's store that are switched on, by name."""
    store_id = db.session.scalar(select(Shop.store_id).where(Shop.id == shop_id))
    chosen = select(Source).where(Source.is_enabled).order_by(Source.name)
    # A shop that names no store belongs to the only one there is.
    return list(db.session.scalars(chosen if store_id is None else chosen.where(Source.store_id == store_id)))


def map_warehouse(shop_id: int, warehouse_id: str, source_code: str) -> str:
    """Maps a warehouse to a source ("": Magento's default). Returns the warehouse's name. Raises Refused."""
    known = {source.source_code for source in sources_of(shop_id)}
    end_transaction()
    if source_code and source_code not in known:
        raise Refused("Magento has no such source. Refresh the list.")
    with transaction() as session:
        row = session.scalars(
            select(Warehouse).where(Warehouse.shop_id == shop_id, Warehouse.warehouse_id == warehouse_id)
        ).one_or_none()
        if row is None:
            raise Refused("TikTok Shop has no such warehouse any more. Refresh the list.")
        row.source_code = source_code
        return row.name or row.warehouse_id


def source_for(row_id: int, warehouse_id: str) -> str:
    """The source that an order's shipments are taken from; "": Magento's default."""
    found = db.session.scalar(
        select(Warehouse.source_code)
        .join(Order, Order.shop_id == Warehouse.shop_id)
        .where(Order.id == row_id, Warehouse.warehouse_id == warehouse_id)
    )
    end_transaction()
    return found or ""


def names_for(shop_id: int, warehouse_id: str) -> tuple[str, str]:
    """The names of an order's warehouse and of the source that it is mapped to, for its page; "" for what is not known."""
    row = next((one for one in rows_of(shop_id) if one.warehouse_id == warehouse_id), None)
    return (row.name or row.warehouse_id, row.source_name) if row else ("", "")


def _alike(name: str, source: Source) -> bool:
    folded = name.casefold().split()
    return bool(folded) and folded in (source.name.casefold().split(), source.source_code.casefold().split())
