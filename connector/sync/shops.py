"""Connecting shops, and the store of each: they are written by these, for the command line and the panel alike."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import available_timezones

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from connector import clock
from connector.domain.plan import LATE_LOOKS
from connector.domain.statuses import SyncState
from connector.extensions import db, queue
from connector.models import Notice, Order, Shop, Store
from connector.models.audit import CONNECTION
from connector.models.shop import ACTIVE, DISCONNECTED
from connector.models.transaction import end_transaction, transaction
from connector.sync import asks, audit, recovery
from connector.sync.stores import COMMAND_LINE, ONLY_STORE, Invalid, look_anew, note_bound

#: So long after the last attempt to place an order whose outcome is not known nothing comes of it (connector.domain.plan).
PLACED_WITHIN = LATE_LOOKS[-1]


#: A shop's days are counted where it sells; the zone of the larger part of the country where it has several.
TIME_ZONES = {
    "US": "America/Los_Angeles",
    "GB": "Europe/London",
    "UK": "Europe/London",
    "IE": "Europe/Dublin",
    "DE": "Europe/Berlin",
    "FR": "Europe/Paris",
    "ES": "Europe/Madrid",
    "IT": "Europe/Rome",
    "NL": "Europe/Amsterdam",
    "AT": "Europe/Vienna",
    "BE": "Europe/Brussels",
    "BG": "Europe/Sofia",
    "CY": "Asia/Nicosia",
    "CZ": "Europe/Prague",
    "DK": "Europe/Copenhagen",
    "EE": "Europe/Tallinn",
    "FI": "Europe/Helsinki",
    "GR": "Europe/Athens",
    "HR": "Europe/Zagreb",
    "HU": "Europe/Budapest",
    "LT": "Europe/Vilnius",
    "LU": "Europe/Luxembourg",
    "LV": "Europe/Riga",
    "MT": "Europe/Malta",
    "PL": "Europe/Warsaw",
    "PT": "Europe/Lisbon",
    "RO": "Europe/Bucharest",
    "SE": "Europe/Stockholm",
    "SI": "Europe/Ljubljana",
    "SK": "Europe/Bratislava",
    "MX": "America/Mexico_City",
    "BR": "America/Sao_Paulo",
    "JP": "Asia/Tokyo",
    "ID": "Asia/Jakarta",
    "TH": "Asia/Bangkok",
    "VN": "Asia/Ho_Chi_Minh",
    "MY": "Asia/Kuala_Lumpur",
    "PH": "Asia/Manila",
    "SG": "Asia/Singapore",
}


def add_shop(
    *,
    shop_id: str,
    name: str,
    region: str,
    cipher: str,
    access_token: str,
    refresh_token: str,
    access_expires_at: datetime,
    refresh_expires_at: datetime | None = None,
    open_id: str = "",
    actor: str = COMMAND_LINE,
) -> int:
    """Connects a TikTok shop, or connects it anew with new tokens; its settings and orders stay. Returns the row's id.

    Its orders that TikTok refused for want of rights are worked on, however long ago that was.
    """
    if not (shop_id.isascii() and shop_id.isdigit() and len(shop_id) <= 40):
        raise Invalid("The shop id is a number, as TikTok writes it.", "shop_id")
    if not (region.isascii() and region.isalpha() and len(region) <= 8):
        raise Invalid("The region is a country code, such as US or GB.", "region")
    if max(len(name), len(cipher)) > 200:
        raise Invalid("A shop's name and cipher have at most 200 characters.", "name")
    now = clock.now()
    with transaction() as session:
        shop = session.scalars(select(Shop).where(Shop.tiktok_shop_id == shop_id)).one_or_none()
        if shop is None:
            time_zone = TIME_ZONES.get(region.upper(), "UTC")  # from then on the merchant's own (bind)
            shop = Shop(tiktok_shop_id=shop_id, time_zone=time_zone, created_at=now)
            session.add(shop)
        audit.note(session, actor, CONNECTION, "reconnected" if shop.id else "connected", subject=name, shop_id=shop.id)
        shop.name, shop.region, shop.cipher, shop.state = name, region.upper(), cipher, ACTIVE
        shop.access_token, shop.refresh_token = access_token, refresh_token
        shop.access_expires_at, shop.refresh_expires_at = access_expires_at, refresh_expires_at
        shop.last_error, shop.last_error_at, shop.aftersales_error = "", None, ""
        shop.open_id, shop.authorized_at = open_id, now
        shop.deauthorized_at = shop.authorization_warned_at = None
        shop.next_care_at = now  # tokens and webhooks are seen to at once
        session.flush()
        row_id = shop.id
        was_refused = (Order.shop_id == row_id) & Order.error_code.in_(recovery.REFUSED_BY_TIKTOK)
        woken = asks.release(session, was_refused, actor, "Released: its cause was solved.")
        # Those that were to be looked at again meanwhile (connector.sync.reading).
        rests = (Order.sync_state == SyncState.SYNCED) & Order.look_again_at.is_not(None) & Order.due_at.is_(None)
        session.execute(update(Order).where(Order.shop_id == row_id, rests).values(due_at=Order.look_again_at))
    queue.wake_care(row_id)
    queue.wake_orders(woken)
    return row_id


def is_known(tiktok_shop_id: str) -> bool:
    """Whether a shop was connected before."""
    found = db.session.scalar(select(Shop.id).where(Shop.tiktok_shop_id == tiktok_shop_id))
    end_transaction()
    return found is not None


def bind(shop_id: int, store_id: int | None, store_view_code: str, time_zone: str, actor: str) -> None:
    """Says which store and store view a shop's orders go to (None, "": the only one, the default one), and its time zone."""
    if time_zone not in available_timezones():
        raise Invalid("The time zone is not known; it is written like Europe/Berlin.", "time_zone")
    if not re.fullmatch(r"[A-Za-z0-9_]{0,64}", store_view_code):
        raise Invalid("A store view's code holds letters, digits and underscores.", "store_view_code")
    with transaction() as session:
        if store_id is not None and session.get(Store, store_id) is None:
            raise Invalid("There is no such store.", "store_id")
        shop = session.get_one(Shop, shop_id, with_for_update={"of": Shop})
        before = (shop.store_id, shop.store_view_code, shop.time_zone)
        after = (store_id, store_view_code, time_zone)
        if before == after:
            return
        if shop.store_id != store_id:
            _refuse_while_placing(session, shop_id)
        note_bound(session, shop, actor, _binding(session, *before), _binding(session, *after))
        shop.store_id, shop.store_view_code, shop.time_zone = after
    asks.release_solved((Order.shop_id == shop_id) & Order.error_code.in_(recovery.REFUSED_BY_MAGENTO), actor)
    look_anew(actor)


def _refuse_while_placing(session: Session, shop_id: int) -> None:
    """Raises Invalid while an order of a shop may be on its way in a store: it is looked for, and its cart placed again, in
    the one that the shop is bound to, where the cart with that id is somebody else's."""
    numbers = session.scalars(
        select(Order.tiktok_order_id)
        .where(
            Order.shop_id == shop_id,
            Order.magento_placing_at > clock.now() - PLACED_WITHIN,
            Order.magento_order_id.is_(None),
            Order.sync_state != SyncState.IGNORED,
        )
        .order_by(Order.id)
        .limit(5)
    ).all()
    if numbers:
        raise Invalid(
            f"These orders are just being placed in the store that the shop is bound to now: {', '.join(numbers)}. Wait until "
            "they are there, or mark them to be ignored.",
            "store_id",
        )


def _binding(session: Session, store_id: int | None, store_view_code: str, time_zone: str) -> str:
    name = session.scalar(select(Store.name).where(Store.id == store_id)) if store_id else ONLY_STORE
    return f"{name}, {store_view_code or 'default store view'}, {time_zone}"


def ask_care(shop_id: int) -> None:
    """Has a shop's tokens and webhooks seen to now; when the queue is away, the scheduler sees to it."""
    with transaction() as session:
        session.get_one(Shop, shop_id, with_for_update={"of": Shop}).next_care_at = clock.now()
    queue.wake_care(shop_id)


def disconnect(shop_id: int, actor: str) -> None:
    """Gives a shop up until it is connected again: nothing is done for it, and nobody is told. Everything of it is kept."""
    with transaction() as session:
        shop = session.get_one(Shop, shop_id, with_for_update={"of": Shop})
        shop.state, shop.deauthorized_at = DISCONNECTED, clock.now()
        # What was told of it ends silently: that it is well again would not be true.
        session.execute(update(Notice).where(Notice.shop_id == shop_id, Notice.is_open).values(is_open=False))
        audit.note(session, actor, CONNECTION, "disconnected", subject=shop.name, shop_id=shop.id)
