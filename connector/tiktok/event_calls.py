"""Which webhooks TikTok sends for a shop, and where to."""

from __future__ import annotations

from dataclasses import dataclass

from connector.tiktok.caller import Caller, objects, text

_PATH = "/event/202309/webhooks"


@dataclass(frozen=True, kw_only=True)
class Subscription:
    """One kind of webhook that TikTok sends to `address`."""

    event_type: str
    address: str


class EventCalls(Caller):
    def list_webhooks(self) -> list[Subscription]:
        """GET /event/202309/webhooks: what this shop's webhooks are, and where each goes."""
        return [
            Subscription(event_type=text(webhook, "event_type"), address=text(webhook, "address"))
            for webhook in objects(self.call("GET", _PATH), "webhooks")
        ]

    def subscribe_webhook(self, event_type: str, address: str) -> None:
        """PUT /event/202309/webhooks: send this kind to `address` (at most 255 characters) from now on, and no longer elsewhere.

        `event_type` is one of `webhooks.EVENT_TYPES`.
        """
        self.call("PUT", _PATH, body={"address": address, "event_type": event_type})

    def delete_webhook(self, event_type: str) -> None:
        """DELETE /event/202309/webhooks: no longer send this kind. Succeeds too when it was not sent anywhere."""
        self.call("DELETE", _PATH, body={"event_type": event_type})
