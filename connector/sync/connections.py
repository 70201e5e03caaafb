"""Connecting and checking: shops and stores are written by these, for the command line and the panel alike."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any
from urllib.parse import SplitResult, urlsplit
from zoneinfo import available_timezones

from flask import current_app
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from connector import clock, http
from connector.config import address_parts
from connector.domain.plan import LATE_LOOKS
from connector.domain.statuses import SyncState
from connector.extensions import db, queue
from connector.models import Notice, Order, Shop, Store
from connector.models.audit import CONNECTION
from connector.models.shop import ACTIVE, DISCONNECTED
from connector.models.transaction import end_transaction, transaction
from connector.sync import asks, audit, gateways, recovery, store_checks
from connector.sync.checks import Check

COMMAND_LINE = "command line"
NO_ADDRESS = "That is no address that can be called. One is written like https://store.example.com."
#: So long after the last attempt to place an order whose outcome is not known nothing comes of it (connector.domain.plan).
PLACED_WITHIN = LATE_LOOKS[-1]


class Invalid(Exception):
    """A value that was given can't be; the message names it and says why. `field` is its name in a form."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.field = field


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


def add_store(
    *,
    name: str,
    url: str,
    access_token: str,
    access_token_secret: str | None = None,
    consumer_key: str | None = None,
    consumer_secret: str | None = None,
    actor: str = COMMAND_LINE,
) -> int:
    """Connects a Magento store, or writes new credentials of one of this name. Returns the row's id."""
    url = url.strip().rstrip("/")
    refuse_private(url)
    credentials = (access_token, access_token_secret, consumer_key, consumer_secret)
    _refuse_half(*credentials)
    with transaction() as session:
        store = session.scalars(select(Store).where(Store.name == name)).one_or_none()
        is_new = store is None
        if store is None:
            store = Store(name=name, created_at=clock.now())
            session.add(store)
        _write(store, url, *credentials)
        audit.note(
            session, actor, CONNECTION, "store connected" if is_new else "store changed", subject=name, after=url
        )
        session.flush()
        store_id = store.id
    _look_anew(actor)
    return store_id


def change_store(
    store_id: int,
    *,
    name: str,
    url: str,
    admin_url: str,
    access_token: str,
    access_token_secret: str | None = None,
    consumer_key: str | None = None,
    consumer_secret: str | None = None,
    actor: str,
) -> None:
    """Changes a store. Without any credential the ones that are stored stay, as long as the store's host does too:
    they are not sent to another one. Raises Invalid."""
    url = url.strip().rstrip("/")
    refuse_private(url)
    if admin_url and _parts(admin_url, "admin_url").scheme not in {"http", "https"}:
        raise Invalid("The admin's address must begin with http:// or https://.", "admin_url")
    credentials = (access_token, access_token_secret, consumer_key, consumer_secret)
    if any(credentials):
        _refuse_half(*credentials)
    with transaction() as session:
        store = session.get_one(Store, store_id, with_for_update=True, populate_existing=True)
        taken = session.scalar(select(Store.id).where(Store.name == name, Store.id != store_id))
        if taken is not None:
            raise Invalid("Another store has this name.", "name")
        if not any(credentials) and not _is_same_server(store.url, url):
            raise Invalid("The store's address is another server now: enter its credentials anew.", "access_token")
        audit.note(session, actor, CONNECTION, "store changed", subject=name, before=store.url, after=url)
        if any(credentials):
            audit.note(session, actor, CONNECTION, "store's credentials changed", subject=name)
            _write(store, url, *credentials)
        store.name, store.url, store.admin_url = name, url, admin_url.strip().rstrip("/")
        store.facts, store.facts_read_at, store.rests_until = {}, None, None
    _look_anew(actor)


def bind(shop_id: int, store_id: int | None, store_view_code: str, time_zone: str, actor: str) -> None:
    """Says which store and store view a shop's orders go to (None, "": the only one, the default one), and its time zone."""
    if time_zone not in available_timezones():
        raise Invalid("The time zone is not known; it is written like Europe/Berlin.", "time_zone")
    if not re.fullmatch(r"[A-Za-z0-9_]{0,64}", store_view_code):
        raise Invalid("A store view's code holds letters, digits and underscores.", "store_view_code")
    with transaction() as session:
        if store_id is not None and session.get(Store, store_id) is None:
            raise Invalid("There is no such store.", "store_id")
        shop = session.get_one(Shop, shop_id, with_for_update={"of": Shop}, populate_existing=True)
        before = (shop.store_id, shop.store_view_code, shop.time_zone)
        after = (store_id, store_view_code, time_zone)
        if before == after:
            return
        if shop.store_id != store_id:
            _refuse_while_placing(session, shop_id)
        audit.note(
            session,
            actor,
            CONNECTION,
            "shop bound",
            subject=shop.name,
            shop_id=shop.id,
            before=_binding(session, *before),
            after=_binding(session, *after),
        )
        shop.store_id, shop.store_view_code, shop.time_zone = after
    _look_anew(actor)


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


def _look_anew(actor: str) -> None:
    """Has the orders worked on that were not found in their shop's store, for it is another one now."""
    for code in ("no_store", "magento_order_gone", "another_magento_order"):
        asks.release_waiting(code, "", actor)


def ask_care(shop_id: int) -> None:
    """Has a shop's tokens and webhooks seen to now; when the queue is away, the scheduler sees to it."""
    with transaction() as session:
        session.get_one(Shop, shop_id, with_for_update={"of": Shop}, populate_existing=True).next_care_at = clock.now()
    queue.wake_care(shop_id)


def disconnect(shop_id: int, actor: str) -> None:
    """Gives a shop up until it is connected again: nothing is done for it, and nobody is told. Everything of it is kept."""
    with transaction() as session:
        shop = session.get_one(Shop, shop_id, with_for_update={"of": Shop}, populate_existing=True)
        shop.state, shop.deauthorized_at = DISCONNECTED, clock.now()
        # What was told of it ends silently: that it is well again would not be true.
        session.execute(update(Notice).where(Notice.shop_id == shop_id, Notice.is_open).values(is_open=False))
        audit.note(session, actor, CONNECTION, "disconnected", subject=shop.name, shop_id=shop.id)


def _binding(session: Session, store_id: int | None, store_view_code: str, time_zone: str) -> str:
    name = session.scalar(select(Store.name).where(Store.id == store_id)) if store_id else "the only store"
    return f"{name}, {store_view_code or 'default store view'}, {time_zone}"


def _is_same_server(before: str, after: str) -> bool:
    """Whether stored credentials may go to the new address as well: the same server, and not without TLS where there was TLS."""
    was, now = urlsplit(before), urlsplit(after)
    return was.netloc == now.netloc and not (was.scheme == "https" and now.scheme == "http")


def _refuse_half(
    access_token: str, access_token_secret: str | None, consumer_key: str | None, consumer_secret: str | None
) -> None:
    if not access_token:
        raise Invalid("The access token is missing.", "access_token")
    oauth = {
        "consumer_key": consumer_key,
        "consumer_secret": consumer_secret,
        "access_token_secret": access_token_secret,
    }
    missing = [name for name, value in oauth.items() if not value]
    if missing and len(missing) < len(oauth):
        raise Invalid(
            "OAuth 1.0a needs all four: consumer key, consumer secret, access token and access token secret."
            " With a bearer token, give the access token alone.",
            missing[0],
        )


def _write(
    store: Store,
    url: str,
    access_token: str,
    access_token_secret: str | None,
    consumer_key: str | None,
    consumer_secret: str | None,
) -> None:
    store.url = url
    store.consumer_key, store.consumer_secret = consumer_key or None, consumer_secret or None
    store.access_token, store.access_token_secret = access_token, access_token_secret or None
    store.facts, store.facts_read_at = {}, None


def _parts(address: str, field: str) -> SplitResult:
    """An address in its parts. Raises Invalid for what is none: a port that is no number, half a bracket, a line break."""
    try:
        parts = address_parts(address)
    except ValueError:
        raise Invalid(NO_ADDRESS, field) from None
    if any(character.isspace() or not character.isprintable() for character in address):
        raise Invalid(NO_ADDRESS, field)
    return parts


def refuse_private(url: str) -> None:
    """Raises Invalid for an address that isn't http(s), or leads inside, unless ALLOW_PRIVATE_STORE_URLS is set."""
    parts = _parts(url, "url")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise Invalid("The store's address must begin with http:// or https://.", "url")
    if "@" in parts.netloc:
        # It would be kept and shown as it is, unlike the credentials below it.
        raise Invalid("The store's address must hold no name and password.", "url")
    if current_app.config["CONNECTOR"].allow_private_store_urls:
        return
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    except OSError as error:
        raise Invalid(
            f"The store's address {parts.hostname} is not known: {error.strerror or error}.", "url"
        ) from error
    except UnicodeError:  # a label of more than 63 letters, or an empty one
        raise Invalid(NO_ADDRESS, "url") from None
    for *_, address in found:
        if http.leads_inside(str(address[0])):
            raise Invalid(
                f"The store's address {parts.hostname} leads into a private network. A store must be reachable from the"
                " internet; for development, set ALLOW_PRIVATE_STORE_URLS=1.",
                "url",
            )


def ask_check(store_id: int) -> bool:
    """Asks for a live check by a worker, whose findings appear in the store's row. False: the workers' queue is away."""
    with transaction() as session:
        store = session.get_one(Store, store_id, with_for_update=True, populate_existing=True)
        store.checks = {"state": "running", "asked_at": clock.now().isoformat(), "results": []}
    woken = queue.wake_check(store_id)
    if not woken:
        with transaction() as session:
            session.get_one(Store, store_id).checks = {}
    return woken


def run_check(store_id: int) -> None:
    """The check that was asked for: each finding is written down as it comes."""
    results: list[dict[str, Any]] = []
    for check in check_store(store_id):
        results.append(asdict(check))
        _note_check(store_id, "running", results)
    _note_check(store_id, "done", results)


def _note_check(store_id: int, state: str, results: list[dict[str, Any]]) -> None:
    with transaction() as session:
        store = session.get_one(Store, store_id, with_for_update=True, populate_existing=True)
        store.checks = {"state": state, "asked_at": clock.now().isoformat(), "results": list(results)}


def check_store(store_id: int) -> Iterator[Check]:
    """Looks at a store live, one thing after the other (connector.sync.store_checks)."""
    store = db.session.get_one(Store, store_id)
    url = store.url
    shops = store_checks.bound_shops(store_id)
    client = gateways.magento_client(store, before_call=lambda: None)
    end_transaction()
    try:
        refuse_private(url)
    except Invalid as error:
        yield Check("Address", False, str(error))
        return
    yield from store_checks.check(client, urlsplit(url).hostname or url, shops)
