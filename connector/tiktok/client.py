"""The client of TikTok Shop's API: every call that the connector makes, by subject.

client = TikTokClient(app, shop.cipher, tokens, renew_tokens=renew, before_call=lease.renew)
for page in client.order_pages(update_time_ge=since): ...
"""

from __future__ import annotations

from connector.tiktok.aftersale_calls import AftersaleCalls
from connector.tiktok.event_calls import EventCalls
from connector.tiktok.finance_calls import FinanceCalls
from connector.tiktok.fulfilment_calls import FulfilmentCalls
from connector.tiktok.logistics_calls import LogisticsCalls
from connector.tiktok.order_calls import OrderCalls
from connector.tiktok.parcelling_calls import ParcellingCalls
from connector.tiktok.return_calls import ReturnCalls
from connector.tiktok.values import TikTokApp, Tokens

__all__ = ["TikTokApp", "TikTokClient", "Tokens"]


class TikTokClient(
    OrderCalls, FulfilmentCalls, LogisticsCalls, AftersaleCalls, ReturnCalls, FinanceCalls, ParcellingCalls, EventCalls
):
    """See `Caller` for what it is made with, and the modules *_calls for what it can do."""
