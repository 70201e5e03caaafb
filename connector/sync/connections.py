"""Connecting and checking: shops and stores are written by these, for the command line and the panel alike."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy import select

from connector import clock
from connector.domain.errors import ConnectorError
from connector.extensions import db
from connector.models import Shop, Store
from connector.models.shop import ACTIVE
from connector.models.transaction import end_transaction, transaction
from connector.sync import gateways


class Invalid(Exception):
    """A value that was given can't be; the message names it and says why. `field` is its name in a form."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Check:
    """One thing that was looked at: what, whether it is well, and in words."""

    name: str
    ok: bool
    message: str


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
) -> int:
    """Connects a TikTok shop, or connects it anew with new tokens; its settings and orders stay. Returns the row's id."""
    if not shop_id.isdigit():
        raise Invalid("The shop id is a number, as TikTok writes it.", "shop_id")
    with transaction() as session:
        shop = session.scalars(select(Shop).where(Shop.tiktok_shop_id == shop_id)).one_or_none()
        if shop is None:
            shop = Shop(tiktok_shop_id=shop_id, created_at=clock.now())
            session.add(shop)
        shop.name, shop.region, shop.cipher, shop.state = name, region.upper(), cipher, ACTIVE
        shop.access_token, shop.refresh_token = access_token, refresh_token
        shop.access_expires_at, shop.refresh_expires_at = access_expires_at, refresh_expires_at
        shop.time_zone = TIME_ZONES.get(shop.region, "UTC")
        shop.last_error = ""
        session.flush()
        return shop.id


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
) -> int:
    """Connects a Magento store, or writes new credentials of one of this name. Returns the row's id."""
    url = url.rstrip("/")
    refuse_private(url)
    oauth = (consumer_key, consumer_secret, access_token_secret)
    if any(oauth) and not all(oauth):
        raise Invalid(
            "OAuth 1.0a needs all four: consumer key, consumer secret, access token and access token secret."
            " With a bearer token, give the access token alone.",
            "consumer_key",
        )
    with transaction() as session:
        store = session.scalars(select(Store).where(Store.name == name)).one_or_none()
        if store is None:
            store = Store(name=name, created_at=clock.now())
            session.add(store)
        store.url = url
        store.consumer_key, store.consumer_secret = consumer_key, consumer_secret
        store.access_token, store.access_token_secret = access_token, access_token_secret
        store.facts, store.facts_read_at = {}, None
        session.flush()
        return store.id


def refuse_private(url: str) -> None:
    """Raises Invalid for an address that isn't http(s), or leads inside, unless ALLOW_PRIVATE_STORE_URLS is set."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise Invalid("The store's address must begin with http:// or https://.", "url")
    if current_app.config["CONNECTOR"].allow_private_store_urls:
        return
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    except OSError as error:
        raise Invalid(
            f"The store's address {parts.hostname} is not known: {error.strerror or error}.", "url"
        ) from error
    for *_, address in found:
        if not ipaddress.ip_address(address[0]).is_global:
            raise Invalid(
                f"The store's address {parts.hostname} leads into a private network. A store must be reachable from the"
                " internet; for development, set ALLOW_PRIVATE_STORE_URLS=1.",
                "url",
            )


def check_store(store_id: int) -> Iterator[Check]:
    """Looks at a store live: reachable and Magento, credentials, currency, stock reservation; one after the other."""
    store = db.session.get_one(Store, store_id)
    client = gateways.magento_client(store, before_call=lambda: None)
    end_transaction()
    looks: tuple[tuple[str, Callable[[], str]], ...] = (
        ("Store views", lambda: ", ".join(view.code for view in client.store_views() if view.id != 0)),
        ("Base currency", lambda: client.currency_rates().base_currency),
        ("Orders can be read", lambda: f"{len(client.find_orders_by_ext_order_id('0'))} with the number 0"),
        ("Products can be read", lambda: f"{len(client.products_by_sku(['0']))} with the SKU 0"),
        ("Carts can be made", lambda: f"cart {client.create_cart()}"),
        ("Inventory sources", lambda: ", ".join(source.source_code for source in client.inventory_sources())),
    )
    for name, look in looks:
        try:
            yield Check(name, ok=True, message=look())
        except ConnectorError as error:
            yield Check(name, ok=False, message=f"{error.message} {error.remedy}".strip())
            return
