"""Connecting and checking stores: they are written by these, for the command line and the panel alike."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any
from urllib.parse import SplitResult, urlsplit

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from connector import clock, http
from connector.config import address_parts
from connector.domain.errors import ConnectorError
from connector.extensions import db, queue
from connector.models import Order, Shop, Store
from connector.models.audit import CONNECTION
from connector.models.shop import sells_for
from connector.models.transaction import end_transaction, transaction
from connector.sync import asks, audit, gateways, recovery, stopping, store_checks
from connector.sync.checks import Check, as_it_stands, words

COMMAND_LINE = "command line"
#: How the audit log calls the store of a shop that is bound to none.
ONLY_STORE = "the only store"
INTERRUPTED = Check("Check", False, "The check was interrupted. Check again.")
NAME_TAKEN = "Another store has this name."
NAME_TOO_LONG = "A store's name has at most 100 characters."
ADDRESS_TOO_LONG = "An address has at most 500 characters."
NO_ADDRESS = "That is no address that can be called. One is written like https://store.example.com."


class Invalid(Exception):
    """A value that was given can't be; the message names it and says why. `field` is its name in a form."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.field = field


def add_store(
    *,
    name: str,
    url: str,
    access_token: str,
    access_token_secret: str | None = None,
    consumer_key: str | None = None,
    consumer_secret: str | None = None,
    overwrites: bool = False,
    actor: str = COMMAND_LINE,
) -> int:
    """Connects a Magento store. Returns the row's id. Raises Invalid, also for a name that is taken.

    `overwrites`: a store of this name gets the address and the credentials, and the orders that it had refused go on.
    """
    url = url.strip().rstrip("/")
    if len(name) > 100:
        raise Invalid(NAME_TOO_LONG, "name")
    refuse_private(url)
    credentials = (access_token, access_token_secret, consumer_key, consumer_secret)
    _refuse_half(*credentials)
    with transaction() as session:
        store = session.scalars(select(Store).where(Store.name == name)).one_or_none()
        if store is not None and not overwrites:
            raise Invalid(NAME_TAKEN, "name")
        is_new = store is None
        if store is None:
            _bind_unbound(session, actor)
            store = Store(name=name, created_at=clock.now())
            session.add(store)
        _write(store, url, *credentials)
        audit.note(
            session, actor, CONNECTION, "store connected" if is_new else "store changed", subject=name, after=url
        )
        session.flush()
        store_id = store.id
    _release_refused(store_id, actor)
    look_anew(actor)
    return store_id


def _bind_unbound(session: Session, actor: str) -> None:
    """Before a second store is added: the shops that sell for the only one there is go on selling for it."""
    stores = session.scalars(select(Store).limit(2)).all()
    if len(stores) != 1:
        return
    [only] = stores
    unbound = select(Shop).where(Shop.store_id.is_(None)).order_by(Shop.id).with_for_update(of=Shop)
    for shop in session.scalars(unbound):
        shop.store_id = only.id
        note_bound(session, shop, actor, ONLY_STORE, only.name)


def note_bound(session: Session, shop: Shop, actor: str, before: str, after: str) -> None:
    """Notes in the audit log that a shop's orders go elsewhere, in the caller's transaction."""
    audit.note(session, actor, CONNECTION, "shop bound", subject=shop.name, shop_id=shop.id, before=before, after=after)


def _release_refused(store_id: int, actor: str) -> None:
    """Has the orders worked on that a store refused as a whole, however long ago: it has new credentials, or another address."""
    of_store = Order.shop_id.in_(select(Shop.id).where(sells_for(store_id)))
    asks.release_solved(of_store & Order.error_code.in_(recovery.REFUSED_BY_MAGENTO), actor)


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
    if len(name) > 100:
        raise Invalid(NAME_TOO_LONG, "name")
    refuse_private(url)
    if admin_url and _parts(admin_url, "admin_url").scheme not in {"http", "https"}:
        raise Invalid("The admin's address must begin with http:// or https://.", "admin_url")
    credentials = (access_token, access_token_secret, consumer_key, consumer_secret)
    if any(credentials):
        _refuse_half(*credentials)
    with transaction() as session:
        store = session.get_one(Store, store_id, with_for_update=True)
        taken = session.scalar(select(Store.id).where(Store.name == name, Store.id != store_id))
        if taken is not None:
            raise Invalid(NAME_TAKEN, "name")
        if not any(credentials) and not _is_same_server(store.url, url):
            raise Invalid("The store's address is another server now: enter its credentials anew.", "access_token")
        audit.note(session, actor, CONNECTION, "store changed", subject=name, before=store.url, after=url)
        is_other_access = any(credentials) or store.url != url
        if any(credentials):
            audit.note(session, actor, CONNECTION, "store's credentials changed", subject=name)
            _write(store, url, *credentials)
        store.name, store.url, store.admin_url = name, url, admin_url.strip().rstrip("/")
        store.facts, store.facts_read_at, store.rests_until = {}, None, None
    if is_other_access:
        _release_refused(store_id, actor)
    look_anew(actor)


def look_anew(actor: str) -> None:
    """Has the orders worked on that were not found in their shop's store, for it is another one now."""
    for code in ("no_store", "magento_order_gone", "another_magento_order"):
        asks.release_waiting(code, "", actor)


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
    if len(address) > 500:
        raise Invalid(ADDRESS_TOO_LONG, field)
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
    """Asks for a live check by a worker, whose findings appear in the store's row. False: the workers' queue is away, and
    what the last one found stays."""
    with transaction() as session:
        store = session.get_one(Store, store_id, with_for_update=True)
        before = store.checks
        store.checks = {"state": "running", "asked_at": clock.now().isoformat(), "results": []}
    woken = queue.wake_check(store_id)
    if not woken:
        with transaction() as session:
            session.get_one(Store, store_id, with_for_update=True).checks = before
    return woken


def last_check(store: Store) -> dict[str, Any]:
    """What a store's last live check has found (connector.sync.checks.as_it_stands); {}: none yet."""
    return as_it_stands(store.checks, INTERRUPTED)


def run_check(store_id: int) -> None:
    """The check that was asked for: each finding is written down as it comes."""
    results: list[dict[str, Any]] = []
    try:
        for check in check_store(store_id):
            results.append(asdict(check))
            _note_check(store_id, "running", results)
    except BaseException:  # the process shall stop, or a fault of ours: nobody waits for it any longer
        db.session.rollback()
        _note_check(store_id, "done", [*results, asdict(INTERRUPTED)])
        raise
    _note_check(store_id, "done", results)


def _note_check(store_id: int, state: str, results: list[dict[str, Any]]) -> None:
    with transaction() as session:
        store = session.get_one(Store, store_id, with_for_update=True)
        store.checks = {"state": state, "asked_at": clock.now().isoformat(), "results": list(results)}


def check_store(store_id: int) -> Iterator[Check]:
    """Looks at a store live, one thing after the other (connector.sync.store_checks)."""
    store = db.session.get_one(Store, store_id)
    url = store.url
    shops = store_checks.bound_shops(store_id)
    clients = {
        code: gateways.magento_client(store, store_view_code=code, before_call=stopping.check)
        for code in {"", *(shop.store_view_code for shop in shops)}
    }
    end_transaction()
    try:
        refuse_private(url)
    except Invalid as error:
        yield Check("Address", False, str(error))
        return
    try:
        yield from store_checks.check(clients[""], urlsplit(url).hostname or url, shops, clients.__getitem__)
    except ConnectorError as error:  # in the clean-up, say
        yield Check("Check", False, words(error))
