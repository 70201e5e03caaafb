"""What TikTok pays and keeps. Facts: the docstrings of Get Statements, Get Transactions by Statement, Get Unsettled
Transactions and Get Payments. All are read page by page.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connector.tiktok.caller import Caller, objects, path_of, text
from connector.tiktok.values import to_unix

Document = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class MoneyPage:
    """One page, as TikTok sent it; `next_page_token` is "" on the last. `whole`: the answer's own fields beside the list."""

    documents: list[Document] = field(repr=False)
    next_page_token: str
    whole: Document = field(repr=False)


class FinanceCalls(Caller):
    def statements(self, *, since: datetime, page_size: int = 50, page_token: str = "") -> MoneyPage:
        """GET /finance/202309/statements from a time on (UTC), the oldest first. One a day, made at 00:00 UTC."""
        query = {"statement_time_ge": to_unix(since), "sort_field": "statement_time"}
        return self._page("/finance/202309/statements", "statements", query, page_size, page_token)

    def statement_transactions(self, statement_id: str, *, page_size: int = 100, page_token: str = "") -> MoneyPage:
        """GET /finance/202501/statements/{statement_id}/statement_transactions: orders, adjustments and reserves."""
        path = path_of("/finance/202501/statements/{statement_id}/statement_transactions", statement_id=statement_id)
        return self._page(path, "transactions", {"sort_field": "order_create_time"}, page_size, page_token)

    def unsettled_transactions(self, *, page_size: int = 100, page_token: str = "") -> MoneyPage:
        """GET /finance/202507/orders/unsettled: estimates, which change until they are settled."""
        query = {"sort_field": "order_create_time"}
        return self._page("/finance/202507/orders/unsettled", "transactions", query, page_size, page_token)

    def payments(self, *, since: datetime, page_size: int = 50, page_token: str = "") -> MoneyPage:
        """GET /finance/202605/payments from a time on (UTC), the oldest first. Not in South-East Asia."""
        query = {"create_time_ge": to_unix(since), "sort_field": "create_time"}
        return self._page("/finance/202605/payments", "payments", query, page_size, page_token)

    def _page(self, path: str, name: str, query: dict[str, Any], page_size: int, page_token: str) -> MoneyPage:
        data = self.call(
            "GET",
            path,
            query=query | {"sort_order": "ASC", "page_size": page_size, "page_token": page_token or None},
        )
        return MoneyPage(
            documents=objects(data, name),
            next_page_token=text(data, "next_page_token"),
            whole={key: value for key, value in data.items() if key != name},
        )
