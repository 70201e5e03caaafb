"""What a merchant is told of while it lasts: which alarms there are, when each begins and ends. Pure.

An alarm is told once when it begins and once when it is over; in between it is silent.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from connector.domain.settings import ShopSettings

FAILURES, DEADLINES, AUTHORIZATION, UNREACHABLE, CARRIER = (
    "failures",
    "deadlines",
    "authorization",
    "unreachable",
    "carrier",
)
#: How far back failures are counted.
WITHIN = timedelta(hours=1)
#: A store or shop that answers nothing for so long is told of.
PATIENCE = timedelta(minutes=15)
#: The end of an authorization is told of so long before, the longest first; the last one while somebody can still act.
ENDS_SOON = (timedelta(days=30), timedelta(days=3))
#: Sides of a connection, as an alarm's subject names them.
STORE, SHOP = "store", "shop"


class Alarm(NamedTuple):
    """Something that lasts. `path` leads to what it is about; `over` is the sentence of its end ("": it ends silently).

    A quiet alarm is not told when it begins: each order of it was told of by itself.
    """

    kind: str
    subject: str
    sentence: str
    path: str
    over: str
    is_quiet: bool = False

    @property
    def key(self) -> tuple[str, str]:
        return self.kind, self.subject


@dataclass(frozen=True, kw_only=True)
class Facts:
    """How things stand for a shop. Times are UTC; `failing_since` is by side (STORE, SHOP) with its name."""

    shop_row: int
    failed: int = 0
    near_deadline: int = 0
    is_authorized: bool = True
    authorization_ends: datetime | None = None
    failing_since: Mapping[tuple[str, str], datetime] = field(default_factory=dict)
    #: Orders that wait, by the name of the carrier that is not mapped.
    unmapped: Mapping[str, int] = field(default_factory=dict)


def ringing(
    facts: Facts, settings: ShopSettings, now: datetime, already: Collection[tuple[str, str]] = ()
) -> list[Alarm]:
    """The alarms of this moment. `already` are those that ring: one may end later than it would begin."""
    found: list[Alarm] = []
    shop = {"shop": str(facts.shop_row)}
    most = settings.notify_failures
    # Once begun it goes on until half are left, so that it does not ring again with each single order.
    floor = (most + 1) // 2 if (FAILURES, "") in already else most
    if most and facts.failed >= max(floor, 1):
        found.append(
            Alarm(
                FAILURES,
                "",
                f"{_orders(facts.failed)} failed within an hour.",
                f"/orders?{urlencode({'tab': 'error'} | shop)}",
                "Orders do not fail in numbers any more.",
            )
        )
    if settings.notify_deadlines and facts.near_deadline:
        hours = settings.notify_hours_before
        arguments = {"status": "AWAITING_SHIPMENT,PARTIALLY_SHIPPING", "ship_by": f"{hours}h"} | shop
        found.append(
            Alarm(
                DEADLINES,
                "",
                f"{_orders(facts.near_deadline)} to be shipped within {hours} hours; TikTok has no tracking number yet.",
                f"/orders?{urlencode(arguments)}",
                f"No order has to be shipped within {hours} hours any more.",
                is_quiet=True,
            )
        )
    if settings.notify_connections:
        found += _connections(facts, now)
    if settings.notify_carriers:
        for name, count in sorted(facts.unmapped.items()):
            arguments = {"tab": "error", "cause": f"unmapped_carrier~{name}"} | shop
            found.append(
                Alarm(
                    CARRIER,
                    name[:200],
                    f"{_orders(count)} cannot be told to TikTok Shop: the carrier {name} is not mapped.",
                    f"/orders?{urlencode(arguments)}",
                    f"No order waits for the carrier {name} any more.",
                )
            )
    return found


def _connections(facts: Facts, now: datetime) -> list[Alarm]:
    if not facts.is_authorized:
        return [
            Alarm(
                AUTHORIZATION,
                "ended",
                "The shop's authorization has ended: its orders are not read any more. Connect the shop again.",
                "/connections",
                "The shop is connected again.",
            )
        ]
    found = []
    for (side, name), since in sorted(facts.failing_since.items()):
        if now - since >= PATIENCE:
            what = f"The Magento store {name}" if side == STORE else f"TikTok Shop ({name})"
            found.append(
                Alarm(
                    UNREACHABLE,
                    side,
                    f"{what} has not answered as it should for {int((now - since).total_seconds() // 60)} minutes."
                    " Orders wait and go on by themselves.",
                    "/connections",
                    f"{what} answers again.",
                )
            )
    if facts.authorization_ends is not None:
        left = facts.authorization_ends - now
        near = [ahead for ahead in ENDS_SOON if left <= ahead]
        found += [
            Alarm(
                AUTHORIZATION,
                f"{ahead.days} days",
                f"The shop's authorization ends in {max(left.days, 0)} days. Renew it on the Connections page.",
                "/connections",
                "The shop's authorization was renewed." if ahead == ENDS_SOON[0] else "",
                # Both at once, when it was noticed late, are one.
                is_quiet=ahead != near[-1],
            )
            for ahead in near
        ]
    return found


def is_digest_due(every: str, hour: int, zone: ZoneInfo, last: datetime | None, now: datetime) -> bool:
    """Whether a mail may go now: at once always; hourly and daily when the hour, or `hour` of the day there, has come."""
    if every == "at_once" or last is None:
        return True
    local, before = now.astimezone(zone), last.astimezone(zone)
    if every == "hourly":
        return now - last >= timedelta(hours=1)
    due_today = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    due = due_today if local >= due_today else due_today - timedelta(days=1)
    return before < due


def _orders(count: int) -> str:
    return "1 order" if count == 1 else f"{count:,} orders"
