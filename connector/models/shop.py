"""A TikTok Shop that is connected: its cipher, its tokens (encrypted), its settings."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, String, and_, func, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from connector.domain.settings import ShopSettings
from connector.extensions import Model
from connector.models.store import Store
from connector.models.types import Encrypted, Json, UtcDateTime

ACTIVE = "active"
DEAUTHORIZED = "deauthorized"  # the authorization was taken back, or has ended
DISCONNECTED = "disconnected"  # by a person in the panel, on purpose


class Shop(Model):
    """A connected TikTok Shop. `tiktok_shop_id` is the id that webhooks carry; every API call carries `cipher`."""

    __tablename__ = "shops"

    id: Mapped[int] = mapped_column(primary_key=True)
    tiktok_shop_id: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    region: Mapped[str] = mapped_column(String(8))
    cipher: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(16), default=ACTIVE)
    time_zone: Mapped[str] = mapped_column(String(64), default="UTC")

    access_token: Mapped[str] = mapped_column(Encrypted)
    refresh_token: Mapped[str] = mapped_column(Encrypted)
    access_expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    refresh_expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: The seller's id: shops that one consent covers share its tokens, and a refresh renews them for all.
    open_id: Mapped[str] = mapped_column(String(100), default="", index=True)
    #: TikTok's global id of the seller, by which it is asked which part of the money may be offered; "": not known (yet).
    seller_id: Mapped[str] = mapped_column(String(40), default="", server_default="")
    #: Who is refreshing the tokens right now, and until when that counts: a second refresh would spend a spent token.
    token_lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)

    #: Which Magento store the orders go to; empty: the only one there is.
    store_id: Mapped[int | None] = mapped_column(ForeignKey("stores.id"))
    store_view_code: Mapped[str] = mapped_column(String(64), default="")
    stored_settings: Mapped[dict[str, Any]] = mapped_column("settings", Json, default=dict)

    #: Orders placed before are shown but not created by themselves; None: all are (connector.domain.starting).
    orders_from: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Until when exchanges are written into the debug log (connector.sync.debug); it ends by itself.
    debug_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: The choice, and what TikTok said of open orders: {"mode", "state", "open", "oldest", …} (connector.sync.starting).
    start: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)

    #: Orders have been read up to here (their update_time), and when the next safety poll is due.
    poll_watermark: Mapped[datetime | None] = mapped_column(UtcDateTime)
    next_poll_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_poll_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: The same for cancellations and returns (connector.sync.aftersales).
    aftersales_watermark: Mapped[datetime | None] = mapped_column(UtcDateTime)
    next_aftersales_poll_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_aftersales_poll_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: What the last of these looks failed with; "": it went to its end.
    aftersales_error: Mapped[str] = mapped_column(String(500), default="", server_default="")
    last_error: Mapped[str] = mapped_column(String(500), default="")
    #: The last call that was answered, written once in a while (connector.sync.calls), and the last that failed.
    last_ok_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_error_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: TikTok says that the authorization ends soon (webhook 7), and when it said so.
    authorization_warned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: When the shop was connected last: what TikTok says of the time before does not count any more.
    authorized_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    deauthorized_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Which webhooks TikTok sends us, as it said when last asked: {"ok": [...], "missing": [...], "error": "..."}.
    webhooks: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    webhooks_checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: When the scheduler next sees to tokens and webhooks.
    next_care_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: How TikTok lets this shop tell a parcel: "" as its region says, or the call that was found to work ("mark", "package").
    ships_by: Mapped[str] = mapped_column(String(16), default="")
    providers_read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    next_providers_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    providers_error: Mapped[str] = mapped_column(String(500), default="")
    warehouses_error: Mapped[str] = mapped_column(String(500), default="")
    #: When the nightly comparison of both sides is due (connector.sync.reconcile).
    next_reconcile_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Which timeline entries were mailed and posted (their ids), and when the next notices are due (connector.sync.notify).
    mailed_up_to: Mapped[int | None] = mapped_column()
    posted_up_to: Mapped[int | None] = mapped_column()
    slacked_up_to: Mapped[int | None] = mapped_column()
    #: The same for what is not in a timeline (connector.models.notice), and when a mail went last, for digests.
    mailed_notices_up_to: Mapped[int] = mapped_column(default=0)
    posted_notices_up_to: Mapped[int] = mapped_column(default=0)
    slacked_notices_up_to: Mapped[int] = mapped_column(default=0)
    mailed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Since when no call has gone well (connector.sync.calls); None: the last one did.
    failing_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    next_notice_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    notice_error: Mapped[str] = mapped_column(String(500), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    store: Mapped[Store | None] = relationship(lazy="joined")

    @property
    def settings(self) -> ShopSettings:
        return ShopSettings.from_stored(self.stored_settings)

    @settings.setter
    def settings(self, value: ShopSettings) -> None:
        self.stored_settings = value.to_stored()


def sells_for(store_id: int) -> ColumnElement[bool]:
    """Whether a shop's orders go to a store: the one that it is bound to; without one of its own, the only one there is."""
    is_only_one = select(func.count()).select_from(Store).scalar_subquery() == 1
    return or_(Shop.store_id == store_id, and_(Shop.store_id.is_(None), is_only_one))


def is_sold_for() -> ColumnElement[bool]:
    """Whether a store (`Store.id`) is any shop's; all of them are as long as no shop is bound to one. The others are nobody's
    concern: a shop was bound to another store, or is not connected any more."""
    bound_to = select(Shop.store_id).where(Shop.store_id.is_not(None), Shop.state != DISCONNECTED)
    return or_(Store.id.in_(bound_to), ~bound_to.exists())


def looked_for_since(looked_at: datetime | None, created_at: datetime, authorized_at: datetime | None) -> datetime:
    """When a shop was last polled to the end; one that was connected after that, or never polled, is waited for from then on."""
    return max(moment for moment in (looked_at or created_at, authorized_at) if moment)
