"""A seller's consent from beginning to end: asked for, given, kept fresh, taken back.

The tokens of a consent whose shops have not been chosen yet lie encrypted in the settings table for half an hour; the
browser only holds the random name under which they lie.
"""

from __future__ import annotations

import json
import logging
import secrets
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from connector import clock
from connector.domain.errors import ConnectorError, TryLater
from connector.extensions import db, queue
from connector.models import Setting, Shop
from connector.models.shop import ACTIVE, DEAUTHORIZED
from connector.models.transaction import end_transaction, transaction
from connector.sync import gateways, shops, starting, stopping, stores
from connector.sync.claims import claim, is_due
from connector.tiktok import auth, webhooks
from connector.tiktok.client import TikTokClient
from connector.tiktok.errors import AuthorizationRevoked
from connector.tiktok.values import Tokens

log = logging.getLogger(__name__)

#: Types by which TikTok tells of the authorization itself (reference/tiktok/README.md, "Webhooks").
SELLER_DEAUTHORIZATION = 6
ENDS_SOON = 7
TOPICS = frozenset({SELLER_DEAUTHORIZATION, ENDS_SOON})

PENDING = "pending_authorization:"
PENDING_FOR = timedelta(minutes=30)
#: Tokens are renewed when they end within this time, long before an order needs them.
RENEW_WITHIN = timedelta(days=1)
CARE_EVERY = timedelta(hours=1)
CARE_AGAIN = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True)
class Found:
    """A shop that a consent covers."""

    shop_id: str
    name: str
    region: str
    cipher: str


# -- the consent -----------------------------------------------------------------------------------------------------


def consent_address(region: str, state: str) -> str:
    """TikTok's page on which the seller of a region ("US", or any other) lets the app in."""
    return auth.authorize_url(gateways.tiktok_app(), region, state)


def take_in(code: str, actor: str) -> str:
    """Exchanges the code that a seller came back with, and reads which shops it is for. Two calls, while a person waits.

    A new consent ends the tokens of the one before, whether or not any of its shops is chosen after this: the seller's shops
    that are connected get its tokens at once, and those whose authorization had ended are connected again.

    Returns the name under which tokens and shops are kept until the shops are chosen. Raises ConnectorError.
    """
    app = gateways.tiktok_app()
    end_transaction()
    consent = auth.exchange(app, code)
    _share(consent)
    client = TikTokClient(app, "", consent.tokens, renew_tokens=None, before_call=lambda: None)
    found = [
        Found(shop_id=shop.id, name=shop.name, region=shop.region, cipher=shop.cipher)
        for shop in client.get_authorized_shops()
    ]
    document = {
        "open_id": consent.open_id,
        "access_token": consent.tokens.access_token,
        "refresh_token": consent.tokens.refresh_token,
        "access_expires_at": consent.tokens.access_expires_at.timestamp(),
        "refresh_expires_at": consent.tokens.refresh_expires_at.timestamp(),
        "ends_at": (clock.now() + PENDING_FOR).timestamp(),
        "shops": [asdict(shop) for shop in found],
    }
    name = secrets.token_urlsafe(24)
    sealed = current_app.extensions["keyring"].encrypt(json.dumps(document).encode()).decode()
    with transaction() as session:
        session.add(Setting(name=PENDING + name, value=sealed))
    for shop in _connected_before(found, consent.open_id):
        try:
            _connect(document, asdict(shop), actor)
        except stores.Invalid as error:  # choosing it says so, too
            log.warning("a shop of the consent was not connected again: %s", error)
    return name


def _share(consent: auth.Authorization) -> None:
    """Writes a consent's tokens down at the shops of its seller."""
    open_id = consent.open_id
    shop_id = db.session.scalar(select(Shop.id).where(Shop.open_id == open_id).limit(1)) if open_id else None
    end_transaction()
    if shop_id is not None:
        gateways.store_tokens(shop_id, consent.tokens)


def _connected_before(found: list[Found], open_id: str) -> list[Found]:
    """Which of a consent's shops are to be connected again: those whose authorization had ended, and those that had tokens
    of their own (by command). Who disconnected a shop here chooses it anew."""
    has_ended = (Shop.state == DEAUTHORIZED) | ((Shop.state == ACTIVE) & (Shop.open_id != open_id))
    covered = Shop.tiktok_shop_id.in_([shop.shop_id for shop in found])
    ids = set(db.session.scalars(select(Shop.tiktok_shop_id).where(covered, has_ended)))
    end_transaction()
    return [shop for shop in found if shop.shop_id in ids]


def _connect(document: dict[str, Any], shop: dict[str, Any], actor: str) -> int:
    return shops.add_shop(
        **shop,
        access_token=document["access_token"],
        refresh_token=document["refresh_token"],
        access_expires_at=datetime.fromtimestamp(document["access_expires_at"], UTC),
        refresh_expires_at=datetime.fromtimestamp(document["refresh_expires_at"], UTC),
        open_id=document["open_id"],
        actor=actor,
    )


def pending_shops(name: str) -> list[Found]:
    """The shops of a consent that waits for a choice; empty when it has ended."""
    document = _pending(name)
    return [Found(**shop) for shop in document["shops"]] if document else []


def choose(name: str, shop_ids: list[str], actor: str) -> list[str]:
    """Connects the chosen shops of a consent. Returns their names; empty when the consent has ended."""
    document = _pending(name)
    if document is None:
        return []
    names = []
    for shop in document["shops"]:
        if shop["shop_id"] not in shop_ids:
            continue
        is_new = not shops.is_known(shop["shop_id"])
        row_id = _connect(document, shop, actor)
        if is_new:
            starting.begin(row_id)
        names.append(shop["name"])
    with transaction() as session:
        session.execute(delete(Setting).where(Setting.name == PENDING + name))
    return names


def _pending(name: str) -> dict[str, Any] | None:
    row = db.session.get(Setting, PENDING + name[:40]) if name else None
    end_transaction()
    if row is None:
        return None
    document: dict[str, Any] = json.loads(current_app.extensions["keyring"].decrypt(row.value.encode()))
    return document if document["ends_at"] > clock.now().timestamp() else None


def forget_old(session: Session) -> None:
    """Removes consents whose shops were not chosen in time, inside the caller's transaction."""
    keyring = current_app.extensions["keyring"]
    for row in session.scalars(select(Setting).where(Setting.name.startswith(PENDING))):
        if json.loads(keyring.decrypt(row.value.encode()))["ends_at"] < clock.now().timestamp():
            session.delete(row)


# -- what TikTok says of it ----------------------------------------------------------------------------------------------


def take_note(shop: Shop, event: webhooks.Event) -> None:
    """A webhook about the authorization, inside the caller's transaction. One of the time before the shop was connected
    last (late, or sent again by somebody) changes nothing."""
    if event.timestamp is not None and shop.authorized_at is not None and event.timestamp < shop.authorized_at:
        return
    if event.type == SELLER_DEAUTHORIZATION:
        if shop.state == ACTIVE:  # one that was disconnected here is not missed
            shop.state, shop.deauthorized_at = DEAUTHORIZED, clock.now()
    elif event.type == ENDS_SOON:
        shop.authorization_warned_at = clock.now()


# -- kept fresh ------------------------------------------------------------------------------------------------------------


def start_care() -> int:
    """Wakes the care of each shop that is due, claimed by one conditional UPDATE. Returns how many."""
    now = clock.now()
    due = is_due(Shop.next_care_at, now, CARE_EVERY.total_seconds())
    shop_ids = list(db.session.scalars(select(Shop.id).where(Shop.state == ACTIVE, due)))
    end_transaction()
    for shop_id in shop_ids:
        if claim(Shop, shop_id, due, next_care_at=now + CARE_AGAIN):
            queue.wake_care(shop_id, bucket=f"-{int(now.timestamp())}")
    return len(shop_ids)


def care(shop_id: int) -> None:
    """Renews a shop's tokens when they end within a day, and sees to it that its webhooks come here. Safe to repeat."""
    shop = db.session.get(Shop, shop_id)
    if shop is None or shop.state != ACTIVE:
        end_transaction()
        return
    again_at = clock.now() + CARE_EVERY
    try:
        _renew_ahead(shop)
        webhooks_now = _see_to_webhooks(shop_id)
    except AuthorizationRevoked as error:
        with transaction() as session:
            row = session.get_one(Shop, shop_id, with_for_update={"of": Shop})
            row.state, row.deauthorized_at, row.last_error = DEAUTHORIZED, clock.now(), error.message[:500]
        log.warning("the shop's authorization has ended: %s", error.code)
        return
    except ConnectorError as error:
        again_at = clock.now() + (CARE_AGAIN if isinstance(error, TryLater) else CARE_EVERY)
        webhooks_now = {"error": f"{error.message} {error.remedy}".strip()}
        log.warning("care failed: %s", error.code)
    with transaction() as session:
        row = session.get_one(Shop, shop_id, with_for_update={"of": Shop})
        row.webhooks, row.webhooks_checked_at, row.next_care_at = webhooks_now, clock.now(), again_at


def _renew_ahead(shop: Shop) -> None:
    spent = Tokens(
        access_token=shop.access_token,
        refresh_token=shop.refresh_token,
        access_expires_at=shop.access_expires_at,
        refresh_expires_at=shop.refresh_expires_at or shop.access_expires_at,
    )
    shop_id, ends_at = shop.id, shop.access_expires_at
    end_transaction()
    if ends_at - clock.now() >= RENEW_WITHIN:
        return
    try:
        gateways.renew_tokens(shop_id, spent, stopping.check)
    except AuthorizationRevoked as error:
        if ends_at <= clock.now():
            raise
        # The seller may have left, or the answer to the renewal before was lost: whether the old access token still works,
        # TikTok says to the next call. Until that ends orders go on, and the Connections page says when it does.
        with transaction() as session:
            row = session.get_one(Shop, shop_id, with_for_update={"of": Shop})
            if row.refresh_token == spent.refresh_token:
                row.refresh_expires_at = ends_at
        log.warning("the shop's tokens could not be renewed ahead of time: %s", error.code)


NOT_REACHED = (
    "TikTok Shop can't send webhooks here: PUBLIC_URL is not set, or no https:// address. Orders come by polls alone, up to"
    " some minutes later."
)


def _see_to_webhooks(shop_id: int) -> dict[str, Any]:
    """Subscribes what is missing or goes elsewhere. What it found: {"ok": [types], "subscribed": [types]}."""
    config = current_app.config["CONNECTOR"]
    address = f"{config.public_url}/webhooks/tiktok"
    shop = db.session.get_one(Shop, shop_id, populate_existing=True)
    client = gateways.tiktok_client(shop, before_call=stopping.check)
    end_transaction()
    there = {one.event_type for one in client.list_webhooks() if one.address == address}
    # TikTok itself is reached by TLS; a sandbox beside us is not, and calls whatever address it is given.
    if config.tiktok_api_url.startswith("https://") and not config.public_url.startswith("https://"):
        return {"error": NOT_REACHED}
    new = [kind for kind in webhooks.EVENT_TYPES if kind not in there]
    for kind in new:
        client.subscribe_webhook(kind, address)
    if new:
        there = {one.event_type for one in client.list_webhooks() if one.address == address}
    missing = [kind for kind in webhooks.EVENT_TYPES if kind not in there]
    return {"ok": sorted(there), "missing": missing, "subscribed": new, "address": address}
