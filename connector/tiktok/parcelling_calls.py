"""Orders dealt out to packages: split, combined, taken apart. Facts: the docstrings of Get Order Split Attributes, Confirm Order
Split, Search Combinable Packages, Combine Package and Uncombine Packages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from connector.tiktok.caller import Caller, objects, path_of, text


@dataclass(frozen=True, kw_only=True)
class SplitAttributes:
    """Whether an order can (or has to) be split; if not, why not."""

    order_id: str
    can_split: bool
    must_split: bool
    reason: str


@dataclass(frozen=True, kw_only=True)
class Combinable:
    """A package that TikTok would make of several orders."""

    id: str
    order_ids: tuple[str, ...]


class ParcellingCalls(Caller):
    def split_attributes(self, order_id: str) -> SplitAttributes:
        """GET /fulfillment/202309/orders/split_attributes of one order."""
        data = self.call("GET", "/fulfillment/202309/orders/split_attributes", query={"order_ids": order_id})
        found: dict[str, Any] = next(iter(objects(data, "split_attributes")), {})
        return SplitAttributes(
            order_id=text(found, "order_id"),
            can_split=found.get("can_split") is True,
            must_split=found.get("must_split") is True,
            reason=text(found, "reason"),
        )

    def split_order(self, order_id: str, groups: Sequence[Sequence[str]]) -> None:
        """POST /fulfillment/202309/orders/{order_id}/split: each group of order line items becomes a package.

        Single units of one SKU may part in the EU, JP, UK and US only (and MX, for global sellers).
        """
        self.call(
            "POST",
            path_of("/fulfillment/202309/orders/{order_id}/split", order_id=order_id),
            body={
                "splittable_groups": [
                    {"id": str(number), "order_line_item_ids": list(group)} for number, group in enumerate(groups, 1)
                ]
            },
        )

    def combinable_packages(self, *, page_size: int = 50, page_token: str = "") -> tuple[list[Combinable], str]:
        """GET /fulfillment/202309/combinable_packages/search: one page, and where the next begins ("" on the last)."""
        data = self.call(
            "GET",
            "/fulfillment/202309/combinable_packages/search",
            query={"page_size": page_size, "page_token": page_token or None},
        )
        found = []
        for one in objects(data, "combinable_packages"):
            ids = one.get("order_ids")
            order_ids = tuple(map(str, ids)) if isinstance(ids, list) else ()
            found.append(Combinable(id=text(one, "id"), order_ids=order_ids))
        return found, text(data, "next_page_token")

    def combine_packages(self, package_id: str, order_ids: Sequence[str]) -> str:
        """POST /fulfillment/202309/packages/combine: why it was refused; "" when it was done."""
        data = self.call(
            "POST",
            "/fulfillment/202309/packages/combine",
            body={"combinable_packages": [{"id": package_id, "order_ids": list(order_ids)}]},
        )
        return next((text(error, "message") for error in objects(data, "errors")), "")

    def uncombine_package(self, package_id: str, order_ids: Sequence[str]) -> None:
        """POST /fulfillment/202309/packages/{package_id}/uncombine: takes orders out of a combined package."""
        self.call(
            "POST",
            path_of("/fulfillment/202309/packages/{package_id}/uncombine", package_id=package_id),
            body={"order_ids": list(order_ids)},
        )
