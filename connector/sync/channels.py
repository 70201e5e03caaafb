"""How notices reach people: a mail, a signed post to an address of theirs, a line in Slack. What is told, and when: notify.

Addresses are the merchant's and may lead anywhere: they are called as stores are, never inside a private network.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import current_app

from connector import clock, http, i18n
from connector.domain.errors import TryLater
from connector.domain.settings import ShopSettings
from connector.sync import mail

ERROR, DEADLINE, NEW_ORDER = "error", "deadline", "new_order"
KINDS = {ERROR: i18n.N_("Error"), DEADLINE: i18n.N_("Deadline"), NEW_ORDER: i18n.N_("New order")}
#: Alarms count with it inside of their sentences; as it is, no sentence to the catalogue.
ONE = i18n.N_("1 order")
#: Where the list shows all that a kind is about.
LISTS = {
    ERROR: "/orders?tab=error&shop={shop}",
    DEADLINE: "/orders?status=AWAITING_SHIPMENT,PARTIALLY_SHIPPING&sort=ship_by&shop={shop}",
}
#: A message of a chat that is longer is read by nobody.
LINES_IN_CHAT = 20


@dataclass(frozen=True)
class Told:
    """One thing to tell: of an order, or (without one) of what lasts."""

    id: int
    at: datetime
    kind: str
    tiktok_order_id: str
    sentence: str
    path: str
    is_over: bool = False

    @property
    def url(self) -> str:
        return f"{current_app.config['CONNECTOR'].public_url}{self.path}"

    @property
    def words(self) -> str:
        """The line for a person, in the language that is spoken."""
        sentence = i18n.t(self.sentence)
        if self.tiktok_order_id:
            return f"{i18n.t(KINDS.get(self.kind, 'Order'))}: {self.tiktok_order_id}: {sentence}"
        return i18n._("Over: %(sentence)s", sentence=sentence) if self.is_over else sentence


@dataclass(frozen=True)
class Sender:
    """Who tells: a shop, by its row and name, with its settings."""

    shop_id: int
    name: str
    settings: ShopSettings

    def heading(self, told: Sequence[Told]) -> str:
        """A mail's subject, in the language that is spoken: what lasts goes before single orders."""
        lasting = [one.words for one in told if not one.tiktok_order_id]
        if lasting:
            return f"{self.name}: {lasting[0]}"[:150]
        count = len({one.tiktok_order_id for one in told})
        orders = i18n.ngettext("%(num)s order", "%(num)s orders", count)
        return f"{self.name}: {orders}"

    def lists(self, told: Sequence[Told]) -> list[str]:
        """The addresses of the lists that hold all orders that are told of."""
        kinds = dict.fromkeys(one.kind for one in told if one.tiktok_order_id and one.kind in LISTS)
        public_url = current_app.config["CONNECTOR"].public_url
        return [f"{public_url}{LISTS[kind].format(shop=self.shop_id)}" for kind in kinds]


def by_mail(sender: Sender, told: Sequence[Told]) -> None:
    """One mail, in the shop's language of notices. Raises what `mail.send` raises."""
    to = [address.strip() for address in sender.settings.notify_mail.split(",") if address.strip()]
    with i18n.speaking(sender.settings.notify_language):
        subject = sender.heading(told)
        lines = [f"{one.words}\n{one.url}\n" for one in _lasting_first(told)]
        lines += [i18n._("All of them: %(address)s", address=address) for address in sender.lists(told)]
    mail.send(to, subject, "\n".join(lines))


def by_post(sender: Sender, told: Sequence[Told]) -> None:
    """One signed post of JSON. Raises TryLater unless it is taken."""
    events = [
        {
            "id": one.id if one.tiktok_order_id else f"notice-{one.id}",
            "at": one.at.isoformat(),
            "kind": one.kind,
            "tiktok_order_id": one.tiktok_order_id,
            "sentence": one.sentence,
            "url": one.url,
            "is_over": one.is_over,
        }
        for one in told
    ]
    body = json.dumps({"shop": sender.name, "events": events}).encode()
    moment = int(clock.now().timestamp())
    headers = {"X-Connector-Signature": signature(secret_of(sender.shop_id), moment, body)}
    _send(sender.settings.notify_url, body, headers, "The address for notices")


def by_slack(sender: Sender, told: Sequence[Told]) -> None:
    """One message as Slack's incoming webhooks take it, in the shop's language of notices.

    Raises TryLater unless it is taken.
    """
    shown = _lasting_first(told)[:LINES_IN_CHAT]
    with i18n.speaking(sender.settings.notify_language):
        show, all_of_them = i18n._("Open"), i18n._("All of them")
        lines = [f"*{_escaped(sender.name)}*"]
        lines += [f"• {_escaped(one.words)} <{one.url}|{show}>" for one in shown]
        if rest := len(told) - len(shown):
            lines.append(i18n.ngettext("… and %(num)s more", "… and %(num)s more", rest))
        lines += [f"<{address}|{all_of_them}>" for address in sender.lists(told)]
    body = json.dumps({"text": "\n".join(lines)}).encode()
    _send(sender.settings.notify_slack, body, {}, "Slack's address")


def secret_of(shop_id: int) -> str:
    """The secret that signs a shop's posts; it follows from SECRET_KEY."""
    key = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.new(key, f"connector: notices of shop {shop_id}".encode(), hashlib.sha256).hexdigest()


def signature(secret: str, moment: int, body: bytes) -> str:
    """The header's value: a receiver compares v1, and refuses a `t` that is long ago."""
    signed = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={signed}"


def _send(url: str, body: bytes, headers: dict[str, str], name: str) -> None:
    session = http.new_session(public_only=not current_app.config["CONNECTOR"].allow_private_store_urls)
    request: dict[str, Any] = {
        "method": "POST",
        "url": url,
        "data": body,
        "headers": {"Content-Type": "application/json", "User-Agent": "tiktok-magento-connector", **headers},
    }
    response = http.send(session, request, max_bytes=64 * 1024)
    if not 200 <= response.status < 300:
        raise TryLater(f"{name} answered {response.status}.", code="notice_refused")


def _lasting_first(told: Sequence[Told]) -> list[Told]:
    return sorted(told, key=lambda one: bool(one.tiktok_order_id))


def _escaped(text: str) -> str:
    """Text that is no markup of Slack's: no mention and no link comes of a product's name."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
