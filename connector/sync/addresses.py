"""An address that a person puts right: kept beside TikTok's, told in the timeline, and written to Magento by the order's run."""

from __future__ import annotations

from dataclasses import dataclass, replace

from connector import clock
from connector.domain import edited_address, statuses
from connector.domain.address_print import address_print
from connector.domain.errors import NeedsMerchant
from connector.domain.postal import PostalAddress, Region
from connector.extensions import db, queue
from connector.models import Order, Store
from connector.models.timeline import PERSON
from connector.models.transaction import transaction
from connector.sync import asks, gateways
from connector.sync.store_facts import facts_of, known_regions
from connector.sync.timeline import record
from connector.tiktok.orders import order_from_document


@dataclass(frozen=True)
class Form:
    """What the form needs: the address to begin with, Magento's regions (None: being read), and the store's street lines."""

    address: PostalAddress
    regions: tuple[Region, ...] | None
    street_lines: int
    is_edited: bool
    #: TikTok gives another address now than when this one was put right.
    is_outdated: bool


def form_of(row: Order) -> Form:
    """The form for an order's address, from the database alone. Raises asks.Refused where nothing can be put right any more."""
    _check(row)
    asks.refuse_carried(db.session(), row)
    assert row.document is not None  # noqa: S101  (checked)
    order = order_from_document(row.document)
    settings = row.shop.settings
    country = order.recipient.country_code or row.shop.region
    regions = _known_regions(row, country)
    kept = edited_address.from_stored(row.edited_address)
    is_other = (row.edited_address or {}).get("print") != address_print(order)
    return Form(
        address=kept or edited_address.beginning(order, settings, regions, country),
        regions=regions,
        street_lines=settings.street_lines,
        is_edited=kept is not None,
        is_outdated=kept is not None and is_other and not order.recipient.is_masked,
    )


def ask_for_regions(row: Order, country: str) -> None:
    """Has a worker read Magento's regions of the address's country."""
    store = _store(row)
    if store is not None:
        queue.wake_regions(store.id, country)


def change(row_id: int, address: PostalAddress, actor: str) -> dict[str, str]:
    """Puts an order's address right, if it is well; gives what is wrong with which field otherwise.

    `address` names a region by its id alone. Raises asks.Refused where nothing can be put right any more.
    """
    with transaction() as session:
        row = session.get_one(Order, row_id, with_for_update={"of": Order})
        old = form_of(row).address
        assert row.document is not None  # noqa: S101  (form_of refuses it)
        order = order_from_document(row.document)
        regions = _known_regions(row, address.country_id)
        new = edited_address.tidied(replace(address, vat_id=old.vat_id))
        wrong = edited_address.problems(new, regions, street_lines=row.shop.settings.street_lines)
        if wrong:
            return wrong
        if regions:
            new = edited_address.with_region(new, regions)
        if new == old and row.edited_address:
            return {}
        row.edited_address = edited_address.to_stored(new) | {
            "by": actor,
            "at": clock.now().isoformat(),
            "print": address_print(order),
        }
        changed = ", ".join(edited_address.changed_fields(old, new)) or "confirmed as it is"
        record(
            session,
            row.id,
            PERSON,
            "address_edited",
            f"Address put right: {changed}.",
            actor=actor,
            details={
                "before": {"address": edited_address.to_stored(old)},
                "after": {"address": edited_address.to_stored(new)},
            },
        )
        asks.make_due(row)
        observed = row.observed
    queue.wake_order(row_id, observed)
    return {}


def drop(row_id: int, actor: str) -> None:
    """Takes TikTok's address again."""
    with transaction() as session:
        row = session.get_one(Order, row_id, with_for_update={"of": Order})
        _check(row)
        if not row.edited_address:
            return
        row.edited_address = None
        record(session, row.id, PERSON, "address_dropped", "TikTok's address counts again.", actor=actor)
        asks.make_due(row)
        observed = row.observed
    queue.wake_order(row_id, observed)


def read_regions(store_id: int, country: str) -> None:
    """Reads a country's regions from Magento into what is known of the store."""
    store = db.session.get(Store, store_id)
    if store is None:
        return
    client = gateways.magento_client(store, before_call=lambda: None)
    facts_of(store, client, client, "").regions(country)


def _check(row: Order) -> None:
    if row.document is None:
        raise asks.Refused("The order has not been read from TikTok Shop yet.")
    if row.blanked_at is not None:
        raise asks.Refused("The order's personal data has had its time: there is no address any more.")
    if row.status == statuses.CANCELLED or row.magento_state in ("canceled", "closed"):
        raise asks.Refused("The order is cancelled: its address is not needed any more.")


def _store(row: Order) -> Store | None:
    try:
        return gateways.store_of(row.shop)
    except NeedsMerchant:
        return None


def _known_regions(row: Order, country: str) -> tuple[Region, ...] | None:
    store = _store(row)
    return known_regions(store, country) if store is not None else ()
