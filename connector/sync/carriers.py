"""The carrier mapping: TikTok's providers read and kept, carriers mapped, and the orders that waited for it released."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from connector import clock
from connector.domain.carriers import DEFAULT, Carrier, carrier_named, carrier_of
from connector.domain.errors import ConnectorError
from connector.domain.statuses import SyncState
from connector.extensions import db, queue
from connector.models import CarrierMapping, Order, SeenCarrier, ShippingProvider, Shop
from connector.models.shop import ACTIVE
from connector.models.transaction import end_transaction, transaction
from connector.models.upsert import insert_once
from connector.sync import asks, gateways, stopping
from connector.sync.claims import claim, is_due

#: The error of an order whose carrier is not mapped (connector.domain.plan_shipping); its subject is `Carrier.name`.
UNMAPPED = "unmapped_carrier"
READ_EVERY = timedelta(days=1)
READ_AGAIN_AFTER = timedelta(minutes=10)


# -- TikTok's side ---------------------------------------------------------------------------------------------------------


def read_providers(shop_id: int) -> int:
    """Reads a shop's shipping providers from TikTok and keeps them; returns how many. What fails is said at the shop."""
    shop = db.session.get_one(Shop, shop_id, populate_existing=True)
    client = gateways.tiktok_client(shop, before_call=stopping.check)
    end_transaction()
    try:
        providers = client.all_shipping_providers()
    except ConnectorError as error:
        with transaction() as session:
            shop = session.get_one(Shop, shop_id, with_for_update={"of": Shop})
            shop.providers_error, shop.next_providers_at = error.message[:500], clock.now() + READ_AGAIN_AFTER
        return 0
    now = clock.now()
    with transaction() as session:
        shop = session.get_one(Shop, shop_id, with_for_update={"of": Shop})
        session.execute(delete(ShippingProvider).where(ShippingProvider.shop_id == shop_id))
        session.add_all(
            ShippingProvider(shop_id=shop_id, provider_id=one.id, name=one.name[:200], read_at=now) for one in providers
        )
        shop.providers_read_at, shop.providers_error, shop.next_providers_at = now, "", now + READ_EVERY
    return len(providers)


def start_reads() -> int:
    """Wakes a reading of the providers for each shop whose list is a day old; claimed by one conditional UPDATE."""
    now = clock.now()
    due = is_due(Shop.next_providers_at, now, READ_EVERY.total_seconds())
    shop_ids = list(db.session.scalars(select(Shop.id).where(Shop.state == ACTIVE, due)))
    end_transaction()
    started = 0
    for shop_id in shop_ids:
        # A reading whose worker died is started again; one that ends says itself when the next is due.
        if claim(Shop, shop_id, due, next_providers_at=now + READ_AGAIN_AFTER):
            started += queue.wake_providers(shop_id)
    return started


def refresh(shop_id: int) -> None:
    """Asks for the providers to be read anew, by a worker."""
    queue.wake_providers(shop_id)


def providers_of(shop_id: int) -> list[ShippingProvider]:
    """As they were last read, by name."""
    return list(
        db.session.scalars(
            select(ShippingProvider)
            .where(ShippingProvider.shop_id == shop_id)
            .order_by(func.lower(ShippingProvider.name))
        )
    )


# -- mapping ---------------------------------------------------------------------------------------------------------------


def provider_named(shop_id: int, text: str) -> tuple[str, str]:
    """The provider (id, name) that a person typed or chose: by its id, or by its name. Raises Refused."""
    wanted = text.strip()
    providers = providers_of(shop_id)
    for provider in providers:
        if wanted == provider.provider_id:
            return provider.provider_id, provider.name
    named = [one for one in providers if one.name.casefold() == wanted.casefold()]
    if len(named) == 1:
        return named[0].provider_id, named[0].name
    if named:
        raise asks.Refused(f"TikTok Shop has several providers called {wanted}. Give the id of the right one.")
    raise asks.Refused(
        f"TikTok Shop has no shipping provider {wanted} for this shop. Choose one from the list, or refresh the list."
        if wanted
        else "Choose one of TikTok Shop's shipping providers."
    )


def map_carrier(shop_id: int, carrier: Carrier, provider_id: str, provider_name: str, actor: str) -> int:
    """Maps a carrier (shop 0: for every shop), and releases the orders that waited for it. Returns how many."""
    if not carrier.code:
        raise asks.Refused("A carrier has a code.")
    with transaction() as session:
        put(session, shop_id, carrier, provider_id, provider_name, actor)
    return release(shop_id, carrier, actor)


def release(shop_id: int, carrier: Carrier, actor: str) -> int:
    """Works anew on a shop's orders (0: on all shops') that wait for a carrier; for the default, on all that wait for one."""
    waited_for = (
        select(Order.error_subject).where(Order.sync_state == SyncState.ERROR, Order.error_code == UNMAPPED).distinct()
    )
    if carrier.title:
        subjects = [carrier.name]
    else:  # `custom` itself counts for each of its titles that has no mapping of its own
        is_for_all = carrier.code == DEFAULT
        subjects = [
            subject
            for subject in db.session.scalars(waited_for)
            if is_for_all or carrier_named(subject).code == carrier.code
        ]
    end_transaction()
    return sum(asks.release_waiting(UNMAPPED, subject, actor, shop_id) for subject in subjects)


def put(session: Session, shop_id: int, carrier: Carrier, provider_id: str, provider_name: str, actor: str) -> None:
    """Writes a carrier's mapping down, inside the caller's transaction; nobody is released."""
    row = session.scalars(
        select(CarrierMapping).where(
            CarrierMapping.shop_id == shop_id,
            CarrierMapping.carrier_code == carrier.code,
            CarrierMapping.title == carrier.title,
        )
    ).one_or_none()
    if row is None:
        row = CarrierMapping(
            shop_id=shop_id,
            carrier_code=carrier.code,
            title=carrier.title,
            created_at=clock.now(),
            created_by=actor[:254],
        )
        session.add(row)
    row.shipping_provider_id, row.shipping_provider_name = provider_id[:64], provider_name[:200]


def unmap(shop_id: int, carrier: Carrier) -> None:
    """Takes a mapping away: the shop's own, or else the one for every shop. What was told to TikTok stays."""
    with transaction() as session:
        row = session.scalars(
            select(CarrierMapping)
            .where(
                CarrierMapping.shop_id.in_((0, shop_id)),
                CarrierMapping.carrier_code == carrier.code,
                CarrierMapping.title == carrier.title,
            )
            .order_by(CarrierMapping.shop_id.desc())
        ).first()
        if row is not None:
            session.delete(row)


def add_carrier(code: str, title: str, actor: str) -> Carrier:
    """A carrier that the merchant will use: Magento's API lists none. Raises Refused."""
    carrier = carrier_of(code, title)
    if not code.strip() or carrier.code == DEFAULT:
        raise asks.Refused("Give the carrier's code as Magento has it, such as ups, or custom with a title.")
    with transaction() as session:
        insert_once(
            session,
            SeenCarrier,
            {
                "carrier_code": carrier.code,
                "title": carrier.title,
                "label": " ".join(title.split())[:200],
                "added_by": actor[:254],
                "last_seen_at": None,
            },
        )
    return carrier
