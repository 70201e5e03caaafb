"""The clients for a shop's and a store's row, and the one refresh of a shop's tokens."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import ScalarSelect, Select, func, or_, select, update
from sqlalchemy.orm import Session

from connector import clock, http
from connector.domain.errors import NeedsMerchant
from connector.extensions import db
from connector.http import CALL_DEADLINE
from connector.magento.client import MagentoClient
from connector.magento.transport import MagentoCredentials
from connector.models import Shop, Store
from connector.models.debug import MAGENTO, TIKTOK
from connector.models.shop import ACTIVE
from connector.models.transaction import end_transaction, transaction
from connector.sync import calls, debug
from connector.sync.claims import changed, has_passed
from connector.tiktok import auth
from connector.tiktok.client import TikTokApp, TikTokClient, Tokens

#: A refresh is one call; somebody who died in it is waited for no longer than this.
TOKEN_LEASE = timedelta(seconds=CALL_DEADLINE + 10)
LOOK_AGAIN = 0.2


def tiktok_app() -> TikTokApp:
    """The app's own credentials and addresses, from the settings."""
    config = current_app.config["CONNECTOR"]
    return TikTokApp(
        app_key=config.tiktok_app_key,
        app_secret=config.tiktok_app_secret,
        api_url=config.tiktok_api_url,
        auth_url=config.tiktok_auth_url,
        service_id=config.tiktok_service_id,
    )


def require_connected(session: Session, shop_id: int) -> None:
    """Raises NeedsMerchant unless the shop is connected (still); inside the caller's transaction."""
    name, state = session.execute(select(Shop.name, Shop.state).where(Shop.id == shop_id)).one()
    if state != ACTIVE:
        raise not_connected(name)


def not_connected(name: str) -> NeedsMerchant:
    """What is said where a shop has taken back its authorization, or was disconnected here."""
    return NeedsMerchant(
        f"The shop {name} is not connected any more.",
        code="shop_deauthorized",
        remedy="Connect the shop again on the connections page.",
    )


def tiktok_client(shop: Shop, *, before_call: Callable[[], None]) -> TikTokClient:
    """A client that speaks for the shop, and renews its tokens when they have expired."""
    shop_id = shop.id
    return _CountedTikTok(
        shop_id,
        debug.of(shop),
        tiktok_app(),
        shop.cipher,
        _tokens(shop),
        renew_tokens=lambda spent: renew_tokens(shop_id, spent, before_call),
        before_call=before_call,
        session=http.kept_session(),
    )


class _CountedTikTok(TikTokClient):
    """A shop's client whose calls are counted for the connections page, and written into the debug log while that is on."""

    def __init__(self, shop_id: int, logs_on: Mapping[int, datetime], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._shop_id = shop_id
        self._logs_on = logs_on

    def call(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        once = super().call
        return calls.counted(
            calls.TIKTOK_SHOP,
            self._shop_id,
            lambda: debug.recorded(self._logs_on, TIKTOK, lambda: once(*args, **kwargs)),
        )


class _CountedMagento(MagentoClient):
    """A store's client whose calls are counted for the connections page, and written into the debug log while that is on."""

    def __init__(self, store_id: int, logs_on: Mapping[int, datetime], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._store_id = store_id
        self._logs_on = logs_on

    def call(self, *args: Any, **kwargs: Any) -> Any:
        once = super().call
        return calls.counted(
            calls.MAGENTO_STORE,
            self._store_id,
            lambda: debug.recorded(self._logs_on, MAGENTO, lambda: once(*args, **kwargs)),
        )


def magento_client(
    store: Store, *, store_view_code: str = "", before_call: Callable[[], None], shop: Shop | None = None
) -> MagentoClient:
    """A client of the store, in the scope of a store view. `shop`: whose order it is for, where it is for one."""
    logs_on = debug.switched_on(store.id) if shop is None else debug.of(shop)
    credentials = MagentoCredentials(
        access_token=store.access_token,
        access_token_secret=store.access_token_secret or "",
        consumer_key=store.consumer_key or "",
        consumer_secret=store.consumer_secret or "",
    )
    return _CountedMagento(
        store.id,
        logs_on,
        store.url,
        credentials,
        store_view_code=store_view_code or None,
        before_call=before_call,
        session=http.kept_session(public_only=not current_app.config["CONNECTOR"].allow_private_store_urls),
    )


def store_of(shop: Shop) -> Store:
    """The Magento store that a shop's orders go to. Raises NeedsMerchant when there is none, or it is not clear which."""
    if shop.store is not None:
        return shop.store
    stores = db.session.scalars(select(Store).order_by(Store.id).limit(2)).all()
    if len(stores) == 1:
        return stores[0]
    raise NeedsMerchant(
        "No Magento store is connected."
        if not stores
        else f"It is not set which Magento store the shop {shop.name} sells for.",
        code="no_store",
        remedy="Connect a Magento store." if not stores else "Choose the shop's store on the connections page.",
    )


def renew_tokens(shop_id: int, spent: Tokens, before_call: Callable[[], None]) -> Tokens:
    """The shop's tokens after `spent` has expired: those that somebody else got meanwhile, or new ones.

    A refresh token works once, so only one worker may spend it: the others wait for what it gets.
    """
    while True:
        shop = db.session.get_one(Shop, shop_id, populate_existing=True)
        current = _tokens(shop)
        end_transaction()
        if current.access_token != spent.access_token:
            return current
        if _take_token_lease(shop_id, spent):
            break
        before_call()
        time.sleep(LOOK_AGAIN)  # until the other worker has written its tokens down, or its lease has ended
    try:
        before_call()
        fresh = auth.refresh(tiktok_app(), current.refresh_token)
        store_tokens(shop_id, fresh)
    finally:
        _give_back_token_lease(shop_id)
    return fresh


def store_tokens(shop_id: int, tokens: Tokens) -> None:
    """Writes both tokens down at once, for all shops that the seller's one consent covers."""
    with transaction() as session:
        for shop in session.scalars(
            select(Shop).where(Shop.id.in_(_sharing(shop_id))).order_by(Shop.id).with_for_update(of=Shop)
        ):
            shop.access_token = tokens.access_token
            shop.refresh_token = tokens.refresh_token
            shop.access_expires_at = tokens.access_expires_at
            shop.refresh_expires_at = tokens.refresh_expires_at


def _sharing(shop_id: int) -> Select[int]:
    """The shops with which a shop shares its tokens, itself among them."""
    open_id = select(Shop.open_id).where(Shop.id == shop_id, Shop.open_id != "").scalar_subquery()
    return select(Shop.id).where(or_(Shop.id == shop_id, Shop.open_id == open_id))


def _lease_row(shop_id: int) -> ScalarSelect[int]:
    """The row that holds the lease for all shops which share tokens: the first of them."""
    sharing = _sharing(shop_id).subquery()
    return select(func.min(sharing.c.id)).scalar_subquery()


def _take_token_lease(shop_id: int, spent: Tokens) -> bool:
    now = clock.now()
    with transaction() as session:
        lease_row = session.scalar(select(_lease_row(shop_id)))
        taken = session.execute(
            update(Shop)
            .where(Shop.id == lease_row, has_passed(Shop.token_lease_until, now))
            .values(token_lease_until=now + TOKEN_LEASE)
        )
        if changed(taken) == 0:
            return False
        shop = session.get_one(Shop, shop_id, populate_existing=True)
        if shop.access_token == spent.access_token:
            return True
        # Somebody has refreshed between our look and our lease.
        session.execute(update(Shop).where(Shop.id == lease_row).values(token_lease_until=None))
        return False


def _give_back_token_lease(shop_id: int) -> None:
    with transaction() as session:
        lease_row = session.scalar(select(_lease_row(shop_id)))
        session.execute(update(Shop).where(Shop.id == lease_row).values(token_lease_until=None))


def _tokens(shop: Shop) -> Tokens:
    return Tokens(
        access_token=shop.access_token,
        refresh_token=shop.refresh_token,
        access_expires_at=shop.access_expires_at,
        # Not known when the shop was connected by command: then at least as long as the access token.
        refresh_expires_at=shop.refresh_expires_at or shop.access_expires_at,
    )
