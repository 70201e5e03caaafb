"""An order of TikTok Shop as the connector knows it, and how far it has come on the way to Magento.

Three groups of columns: what TikTok said (the whole document, and what the panel searches and sorts by), the keys and
receipts of the Magento side, and the book-keeping of the work (observed, handled, due, lease).

An order is *due* when `due_at` has passed. Each observation raises `observed` and makes the order due; a run writes
down in `handled` the number that it had read. As long as they differ, the order is due.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, ForeignKey, Index, String, Text, func, text
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from connector.domain.order import BY_SELLER, DIGITAL
from connector.domain.statuses import SyncState
from connector.extensions import Model
from connector.models.shop import Shop
from connector.models.types import Json, Money, UtcDateTime

#: Stands where an order has no deadline (any more): sorted by it, such orders come last.
NO_DEADLINE = datetime(2999, 1, 1, tzinfo=UTC)


class Order(Model):
    """One TikTok Shop order. `document` is TikTok's JSON as it came; empty until it has been read for the first time."""

    __tablename__ = "orders"
    __table_args__ = (
        Index(
            "ix_orders_due",
            "due_at",
            postgresql_where=text("due_at IS NOT NULL"),
            sqlite_where=text("due_at IS NOT NULL"),
        ),
        Index("ix_orders_status_created", "status", "create_time", "id"),
        Index("ix_orders_state_created", "sync_state", "create_time", "id"),
        Index("ix_orders_created", "create_time", "id"),
        Index(
            "ix_orders_tagged",
            "create_time",
            "id",
            postgresql_where=text("tags <> ''"),
            sqlite_where=text("tags <> ''"),
        ),
        Index(
            "ix_orders_marked",
            "create_time",
            "id",
            postgresql_where=text("marks <> ''"),
            sqlite_where=text("marks <> ''"),
        ),
        Index("ix_orders_ship_due", "ship_due", "id"),
        Index("ix_orders_cancel_due", "cancel_due", "id"),
        # What the list is filtered by, in the list's order (rare values are found, frequent ones are walked along).
        Index("ix_orders_shop_created", "shop_id", "create_time", "id"),
        Index("ix_orders_carrier_created", "shipping_provider", "create_time", "id"),
        Index("ix_orders_country_created", "country", "create_time", "id"),
        Index("ix_orders_fulfilment_created", "fulfillment_type", "create_time", "id"),
        Index("ix_orders_total", "total_amount"),
        Index("ix_orders_paid", "paid_time"),
        Index("ix_orders_magento_number", "magento_increment_id"),
        # For the counters alone.
        Index("ix_orders_counted", "status", "sync_state"),
        Index(
            "ix_orders_cause",
            "error_code",
            "error_subject",
            "create_time",
            "id",
            postgresql_where=text("sync_state = 'error'"),
            sqlite_where=text("sync_state = 'error'"),
        ),
        Index(
            "ix_orders_look",
            "create_time",
            "id",
            postgresql_where=text("needs_look"),
            sqlite_where=text("needs_look = 1"),
        ),
        Index(
            "ix_orders_buyer_asks",
            "create_time",
            "id",
            postgresql_where=text("buyer_asks_cancel"),
            sqlite_where=text("buyer_asks_cancel = 1"),
        ),
        Index(
            "ix_orders_by_hand",
            "create_time",
            "id",
            postgresql_where=text("waiting_for = 'by_hand'"),
            sqlite_where=text("waiting_for = 'by_hand'"),
        ),
        Index(
            "ix_orders_older",
            "create_time",
            "id",
            postgresql_where=text("waiting_for = 'older'"),
            sqlite_where=text("waiting_for = 'older'"),
        ),
        Index(
            "ix_orders_sample_window",
            "shop_id",
            "id",
            postgresql_where=text("waiting_for = 'sample_window'"),
            sqlite_where=text("waiting_for = 'sample_window'"),
        ),
        Index(
            "ix_orders_combined_into",
            "combined_into",
            postgresql_where=text("combined_into IS NOT NULL"),
            sqlite_where=text("combined_into IS NOT NULL"),
        ),
        # For the hourly look for personal data that has had its time (connector.sync.privacy).
        Index(
            "ix_orders_not_blanked",
            "shop_id",
            "update_time",
            postgresql_where=text("blanked_at IS NULL"),
            sqlite_where=text("blanked_at IS NULL"),
        ),
        Index(
            "ix_orders_return_open",
            "create_time",
            "id",
            postgresql_where=text("return_state = 'open'"),
            sqlite_where=text("return_state = 'open'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shops.id"))
    tiktok_order_id: Mapped[str] = mapped_column(String(40), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)

    # -- what TikTok said --------------------------------------------------------------------------------------------
    document: Mapped[dict[str, Any] | None] = mapped_column(Json)
    #: Since when the order holds no personal data any more (connector.sync.privacy); what is read later is blanked too.
    blanked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: The value of `observed` at which `document` was read; a later observation means that it may be stale.
    document_observed: Mapped[int] = mapped_column(default=0)
    status: Mapped[str] = mapped_column(String(32), default="")
    status_changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    update_time: Mapped[datetime | None] = mapped_column(UtcDateTime)
    create_time: Mapped[datetime | None] = mapped_column(UtcDateTime)
    paid_time: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ship_by: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: While the seller has it to ship: by when, and when TikTok cancels it otherwise; NO_DEADLINE when there is none.
    ship_due: Mapped[datetime] = mapped_column(UtcDateTime, default=NO_DEADLINE)
    cancel_due: Mapped[datetime] = mapped_column(UtcDateTime, default=NO_DEADLINE)
    buyer_name: Mapped[str] = mapped_column(String(200), default="")
    country: Mapped[str] = mapped_column(String(8), default="")
    total_amount: Mapped[Decimal | None] = mapped_column(Money)
    currency: Mapped[str] = mapped_column(String(8), default="")
    item_count: Mapped[int] = mapped_column(default=0)
    #: What is special about it (connector.domain.marks), as words between spaces: " sample gift "; empty: nothing.
    marks: Mapped[str] = mapped_column(String(200), default="")
    #: TikTok's number of the order that it replaces, or came of by an exchange.
    replaces: Mapped[str] = mapped_column(String(40), default="", index=True)
    #: What people and rules tagged it with: "|gift shop|fragile|"; and what rules have done already (connector.sync.rules).
    tags: Mapped[str] = mapped_column(String(400), default="")
    ruled: Mapped[dict[str, Any] | None] = mapped_column(Json)
    #: When TikTok first said that the order is paid and off hold.
    ready_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    fulfillment_type: Mapped[str] = mapped_column(String(64), default="")
    shipping_type: Mapped[str] = mapped_column(String(32), default="")
    cancel_reason: Mapped[str] = mapped_column(String(500), default="")
    cancellation_initiator: Mapped[str] = mapped_column(String(32), default="")
    tracking_number: Mapped[str] = mapped_column(String(100), default="")
    shipping_provider: Mapped[str] = mapped_column(String(100), default="")
    #: Order numbers, buyer, products, SKUs and tracking numbers, folded (no accents, lower case), for the search box.
    search_text: Mapped[str] = mapped_column(Text, default="")

    # -- the Magento side: keys are stored before they are used, receipts right after --------------------------------
    magento_way: Mapped[str] = mapped_column(String(16), default="")
    magento_cart_id: Mapped[int | None] = mapped_column(BigInteger)
    #: Set before the first attempt to create: from then on an order may come of the cart (or of the number in way A).
    magento_placing_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    magento_order_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    magento_increment_id: Mapped[str] = mapped_column(String(64), default="")
    magento_created_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    magento_corrected_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    magento_state: Mapped[str] = mapped_column(String(32), default="")
    magento_status: Mapped[str] = mapped_column(String(64), default="")
    magento_grand_total: Mapped[Decimal | None] = mapped_column(Money)
    magento_currency: Mapped[str] = mapped_column(String(8), default="")
    #: When Magento was asked last to correct, invoice or cancel the order, as long as the outcome is not known.
    magento_asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: The same for a line in the order's history; kept after that, until the next one of unknown outcome.
    magento_line_asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: The Magento order as it was last seen, by a run or by the watch (connector.domain.watching).
    magento_seen: Mapped[str] = mapped_column(String(40), default="")
    #: How the amounts were booked, as it was when the order was created (connector.domain.booking), for the order page.
    booking: Mapped[dict[str, Any] | None] = mapped_column(Json)
    needs_look: Mapped[bool] = mapped_column(default=False)
    external_reference: Mapped[str] = mapped_column(String(64), default="")
    #: Which of TikTok's recipients the Magento order's address was written from (connector.domain.address_print), whether
    #: it has masks, and whether the booking's notes are in the order's history.
    address_print: Mapped[str] = mapped_column(String(64), default="")
    address_is_masked: Mapped[bool] = mapped_column(default=False)
    #: The address that a person put right in the panel (connector.domain.edited_address) with `by`, `at` and `print`, the
    #: fingerprint of TikTok's at that time.
    edited_address: Mapped[dict[str, Any] | None] = mapped_column(Json)
    notes_written: Mapped[bool] = mapped_column(default=False)
    #: The last note of the staff (a line of the timeline) that Magento was told.
    staff_notes_told: Mapped[int] = mapped_column(default=0)
    #: What of the marks was told in the Magento order's history.
    told_marks: Mapped[str] = mapped_column(String(200), default="")
    #: Since when the connector holds the Magento order (TikTok's hold, with stock reserved); None: it does not.
    magento_held_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    commented_status: Mapped[str] = mapped_column(String(32), default="")
    #: Where TikTok says the parcels were: [{"at", "text"}, …], and the update_time for which that was read.
    tracking_events: Mapped[list[dict[str, Any]] | None] = mapped_column(Json)
    tracking_read_for: Mapped[datetime | None] = mapped_column(UtcDateTime)

    # -- samples that became one Magento order (connector.sync.together) ----------------------------------------------
    #: The order by which this one is created in Magento; None: it is created by itself, or others by it.
    combined_into: Mapped[int | None] = mapped_column(ForeignKey("orders.id"))
    #: Since when it is settled who belongs to whom: nobody joins such an order, and it joins nobody.
    sample_closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: What of this order the one that carries it was told last (connector.domain.samples.told_print).
    told_carrier: Mapped[str] = mapped_column(String(40), default="")

    # -- the work ------------------------------------------------------------------------------------------------------
    sync_state: Mapped[str] = mapped_column(String(16), default=SyncState.PENDING)
    observed: Mapped[int] = mapped_column(default=0)
    handled: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease_owner: Mapped[str | None] = mapped_column(String(64))
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: How many runs in a row, before the one under way, did not give the lease back: their workers died.
    unended_runs: Mapped[int] = mapped_column(default=0, server_default="0")
    attempts: Mapped[int] = mapped_column(default=0)
    failing_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Since when it stands in Error, which it may have come to after it was tried for hours; None: it went well, or is tried.
    error_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Why the order waits ("unpaid", "on_hold", "by_hand", "no_address"), when its state is `waiting`.
    waiting_for: Mapped[str] = mapped_column(String(32), default="")
    error_code: Mapped[str] = mapped_column(String(64), default="")
    error_message: Mapped[str] = mapped_column(String(1000), default="")
    error_remedy: Mapped[str] = mapped_column(String(1000), default="")
    error_subject: Mapped[str] = mapped_column(String(200), default="")
    error_exchange: Mapped[dict[str, Any] | None] = mapped_column(Json)
    #: A way of creating that a person chose for this order alone: "" or "record" (create without reserving stock).
    forced_way: Mapped[str] = mapped_column(String(16), default="")
    #: When a person asked to create it, where the settings leave that to people (who: the timeline).
    create_asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    # -- cancellations and returns (rows of their own: connector.models.cancellation, .returns) -----------------------
    #: The value of `observed` at which something was heard of them, and at which TikTok was asked for them last.
    aftersales_observed: Mapped[int] = mapped_column(default=0)
    aftersales_read: Mapped[int] = mapped_column(default=0)
    #: When the order is read again from TikTok although nothing was heard of it.
    look_again_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: A cancellation that was asked for here has not been confirmed or refused yet.
    is_cancelling: Mapped[bool] = mapped_column(default=False)
    #: The buyer asks to cancel, and until when the seller may answer.
    buyer_asks_cancel: Mapped[bool] = mapped_column(default=False)
    buyer_cancel_deadline: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: "" (none), "open" or "settled".
    return_state: Mapped[str] = mapped_column(String(16), default="")

    shop: Mapped[Shop] = relationship(lazy="joined")

    @property
    def auto_cancel_at(self) -> datetime | None:
        """When TikTok cancels the order by itself; None when it does not (any more)."""
        return self.cancel_due if self.cancel_due < NO_DEADLINE else None

    @hybrid_property
    def is_fulfilled_by_tiktok(self) -> bool:
        """As the domain's order says it; of a row that was never read: no."""
        return self.fulfillment_type not in BY_SELLER or self.shipping_type == DIGITAL

    @is_fulfilled_by_tiktok.inplace.expression
    @classmethod
    def _is_fulfilled_by_tiktok(cls) -> ColumnElement[bool]:
        return cls.fulfillment_type.not_in(BY_SELLER) | (cls.shipping_type == DIGITAL)

    @property
    def has_error(self) -> bool:
        return self.sync_state == SyncState.ERROR

    @property
    def is_tried_again(self) -> bool:
        """It failed, or somebody asked to try it once more: what it failed with stands here until a run goes well."""
        return self.sync_state == SyncState.PENDING and self.error_code != ""

    @property
    def has_problem(self) -> bool:
        """Whether there is something to say of what went wrong."""
        return self.has_error or self.is_tried_again


#: Since when a pending order waits: since its first failure, or since something about it was observed. When its status
#: changed last says nothing of that: an order that was done for days waits again from the moment of the next observation.
WAITS_SINCE = func.coalesce(Order.failing_since, Order.due_at)
