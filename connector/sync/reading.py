"""Reading an order's two sides for a run: its row, TikTok's document, cancellations and returns, and the Magento order."""

from __future__ import annotations

from dataclasses import replace
from typing import NoReturn

from sqlalchemy import bindparam, inspect, select

from connector import clock, logs
from connector.domain import edited_address, marks, parcelling
from connector.domain import plan as planning
from connector.domain.errors import ConnectorError, NeedsMerchant, RateLimited, TryLater
from connector.domain.magento_order import MagentoOrder
from connector.domain.own_order import is_ours
from connector.domain.plan import Record
from connector.domain.returns import Aftersales
from connector.domain.starting import Start
from connector.domain.statuses import SyncState
from connector.domain.watching import order_mark
from connector.extensions import db
from connector.magento.errors import NotFound
from connector.models import Order
from connector.models.shipment import ASKED
from connector.models.shop import ACTIVE
from connector.models.transaction import end_transaction, transaction
from connector.sync import (
    adoption,
    aftersales,
    gateways,
    intake,
    lease,
    notes,
    package_asks,
    problems,
    shipping,
    together,
)
from connector.sync.run import Keys, Run, ShopFacts
from connector.sync.store_facts import facts_of
from connector.tiktok.orders import order_from_document


class Done(Exception):
    """The run has nothing to do: ignored, or not known any more, or done while the shop is not connected."""


_BY_ID = select(Order).where(Order.id == bindparam("row_id")).execution_options(populate_existing=True)


def row_of(held: lease.Lease) -> Order:
    """The order's row, as long as the lease holds. Raises LeaseLost, and Done for an order that is to be ignored."""
    row = db.session.scalars(_BY_ID, {"row_id": held.row_id}).one_or_none()
    if row is None or row.lease_owner != held.owner:
        raise lease.LeaseLost
    logs.also(order=row.tiktok_order_id)
    if row.sync_state == SyncState.IGNORED:
        raise Done
    return row


def _rest(held: lease.Lease) -> NoReturn:
    """An order that is done is not looked at again before its shop is connected (connector.sync.shops)."""
    with transaction() as session:
        held.row(session).due_at = None
    raise Done


def read(held: lease.Lease, row: Order) -> Run:
    """A run with TikTok's side and what is written down; what may be stale is asked of TikTok. Magento is read later.

    Raises NeedsMerchant, LeaseLost, and what TikTok's client raises; but for what the reading of cancellations and returns
    fails with: that is kept in the run.
    """
    read_at = row.observed
    shop = row.shop
    if shop.state != ACTIVE:
        if row.sync_state == SyncState.SYNCED:
            _rest(held)
        raise gateways.not_connected(shop.name)
    tiktok = gateways.tiktok_client(shop, before_call=held.hold)
    is_looking_again = row.look_again_at is not None and row.look_again_at <= clock.now()
    if row.document is None or row.document_observed < read_at or is_looking_again:
        tiktok_order_id = row.tiktok_order_id
        end_transaction()
        documents = tiktok.get_orders([tiktok_order_id])
        with transaction() as session:
            row = session.get_one(Order, held.row_id, with_for_update={"of": Order})
            if row.lease_owner != held.owner:
                raise lease.LeaseLost
            if not documents:
                raise NeedsMerchant(
                    "TikTok Shop does not know this order.",
                    code="unknown_order",
                    remedy="Check in Seller Center whether the order belongs to this shop, or mark it to be ignored.",
                )
            intake.store_document(session, row, documents[0], observed=read_at)
        shop = row.shop
    assert row.document is not None  # noqa: S101
    order = order_from_document(row.document)
    failed: ConnectorError | None = None
    if aftersales.is_stale(
        row, is_buyer_request_cancel=order.is_buyer_request_cancel, is_looking_again=is_looking_again
    ):
        tiktok_order_id = row.tiktok_order_id
        end_transaction()
        try:
            aftersales.read(held.row_id, tiktok_order_id, tiktok, read_at)
        except RateLimited:
            raise  # so would be what is told of a parcel
        except (TryLater, NeedsMerchant) as error:
            failed = error
        row = row_of(held)
        shop = row.shop
    group = together.read(row, order)
    waits_until = together.waits_until(row, order, shop.settings)
    store = gateways.store_of(shop)
    magento_client = gateways.magento_client(
        store, store_view_code=shop.store_view_code, before_call=held.hold, shop=shop
    )
    everywhere = gateways.magento_client(store, store_view_code="all", before_call=held.hold, shop=shop)
    return Run(
        row_id=row.id,
        lease=held,
        row=Order(**{name: getattr(row, name) for name in _COLUMNS}),
        read_at=read_at,
        shop=ShopFacts(id=shop.id, region=shop.region, ships_by=shop.ships_by),
        order=order,
        whole=group.whole if group else order,
        record=replace(
            record_of(
                row,
                is_older=Start.of(shop.orders_from, shop.start).leaves_out(order),
                staff_notes=notes.to_tell(row),
            ),
            sample_until=waits_until,
            carrier=group.carrier if group else None,
            mates=group.mates if group else (),
        ),
        keys=keys_of(row, is_from_before=order.create_time < shop.created_at),
        settings=shop.settings,
        tiktok=tiktok,
        magento_client=magento_client,
        asks=shipping.asks_of(row.id, ASKED),
        has_problems=problems.has_rows(row.id),
        on_packages=parcelling.on_tiktok(package_asks.under_way(row.id), package_asks.are_choices_asked(row.id)),
        store=facts_of(store, magento_client, everywhere, shop.store_view_code),
        store_rests_until=store.rests_until,
        failed=failed,
    )


#: What a run's own copy of the row has.
_COLUMNS = [attribute.key for attribute in inspect(Order).column_attrs]


def keys_of(row: Order, *, is_from_before: bool) -> Keys:
    """What finds the order in Magento. `is_from_before`: it was made before the shop was connected here."""
    return Keys(
        cart_id=row.magento_cart_id,
        placing_at=row.magento_placing_at,
        order_id=row.magento_order_id,
        increment_id=row.magento_increment_id,
        known_at=row.created_at,
        is_from_before=is_from_before,
    )


def record_of(
    row: Order, *, is_older: bool, staff_notes: tuple[tuple[int, str], ...], known: Aftersales | None = None
) -> Record:
    """What is written down of an order. `is_older`: than those that the shop began with.

    `known`: its cancellations and returns, where they have been read before.
    """
    # A way is only kept once an order may come of it; before that, a person may still choose another.
    is_begun = row.magento_placing_at is not None or row.magento_order_id is not None
    return Record(
        way=row.magento_way if is_begun else "",
        forced_way=row.forced_way,
        create_asked=row.create_asked_at is not None,
        is_older=is_older,
        placing_at=row.magento_placing_at,
        ready_at=row.ready_at,
        held_at=row.magento_held_at,
        corrected=row.magento_corrected_at is not None,
        external_reference=row.external_reference,
        commented_status=row.commented_status,
        address_print=row.address_print,
        address_is_masked=row.address_is_masked,
        edited_address=edited_address.from_stored(row.edited_address),
        notes=tuple((row.booking or {}).get("notes", ())),
        notes_written=row.notes_written,
        marks=frozenset(marks.from_text(row.marks)),
        staff_notes=staff_notes,
        told_marks=frozenset(marks.from_text(row.told_marks)),
        told_carrier=row.told_carrier,
        **aftersales.for_plan(row, known),
    )


def read_magento(run: Run, increment_id: str) -> None:
    """Puts the Magento order into the run: by its id, or by the key kept before an attempt whose outcome we don't know."""
    found: MagentoOrder | None = None
    carrier = run.record.carrier
    if carrier is not None and run.keys.order_id is None:
        taken = together.carried_columns(carrier)
        if not taken:
            return
        number = taken["magento_increment_id"]
        run.receipt(
            "placed_together",
            f"It is part of Magento order {number}, together with TikTok Shop order {carrier.order.id}.",
            **taken,
        )
        run.keys = keys_of(run.row, is_from_before=run.keys.is_from_before)
    if run.keys.order_id is not None:
        try:
            found = run.magento_client.get_order(run.keys.order_id)
        except NotFound as error:
            raise NeedsMerchant(
                f"The Magento order {increment_id or run.keys.order_id} is not there any more.",
                code="magento_order_gone",
                remedy="It was deleted in Magento. Restore it there, or mark this order to be ignored.",
                exchange=error.exchange,
            ) from error
        _refuse_anothers(run, found)
    elif run.keys.placing_at is not None:
        if run.record.way == planning.RECORD:
            found = run.magento_client.find_order_by_increment_id(increment_id, run.store.magento_store_id)
        elif run.keys.cart_id is not None:
            found = run.magento_client.find_order_by_quote(run.keys.cart_id)
        if found is not None:
            sentence = f"Found in Magento: {found.increment_id}."
            run.receipt("found", sentence, magento_order_id=found.entity_id, later=True)
    elif adoption.may_be_there(run):
        adoption.look(run)
    if found is None:
        return
    run.magento = found
    if run.record.way == planning.RECORD and not run.record.corrected:
        run.receipt(magento_corrected_at=clock.now(), later=True)
    run.receipt(
        later=True,
        magento_increment_id=found.increment_id,
        magento_state=found.state,
        magento_status=found.status,
        magento_grand_total=found.grand_total,
        magento_currency=found.order_currency_code,
        magento_seen=order_mark(found),
    )


def _refuse_anothers(run: Run, found: MagentoOrder) -> None:
    """Raises NeedsMerchant where another order has the id, before anything is done to it or written down of it."""
    keys = run.keys
    numbers = {run.order.id, run.whole.id, *run.whole.combined_ids}
    if not is_ours(found, run.record, numbers, cart_id=keys.cart_id, increment_id=keys.increment_id):
        raise NeedsMerchant(
            f"In the Magento store that the shop is bound to, another order, {found.increment_id}, stands in place of the one "
            f"that was made for this order, {keys.increment_id or keys.order_id}.",
            code="another_magento_order",
            remedy="Bind the shop to the store that has the order, or correct the store's address: the order then goes on. Or "
            "mark this order to be ignored.",
        )
