"""Orders dealt out to parcels: split, combined, taken apart again (operations of the group Fulfillment)."""

from typing import Any

from sandbox.tiktok.api.paging import page
from sandbox.tiktok.errors import NOT_FOUND, REFUSED, ApiError
from sandbox.tiktok.gate import Call, Operation
from sandbox.tiktok.regions import EU
from sandbox.tiktok.schema import fields, many, number, text

#: Where single units of one SKU may go into different parcels (docstring of Confirm Order Split).
BY_ITEM = EU | {"US", "GB", "JP", "MX"}


def split_attributes(call: Call) -> dict[str, Any]:
    """Get Order Split Attributes."""
    document = []
    for order_id in call.query["order_ids"]:
        why_not = call.shop.can_split(call.shop.order(order_id))
        entry: dict[str, Any] = {"order_id": order_id, "can_split": not why_not, "must_split": False}
        if why_not:
            entry["reason"] = why_not
        document.append(entry)
    return {"split_attributes": document}


def split(call: Call) -> dict[str, Any]:
    """Confirm Order Split."""
    order = call.shop.order(call.path["order_id"])
    why_not = call.shop.can_split(order)
    if why_not:
        raise ApiError(REFUSED, why_not)
    groups = call.body["splittable_groups"]
    named = [unit_id for group in groups for unit_id in group["order_line_item_ids"]]
    if sorted(named) != sorted(unit.id for unit in order.open_units()):
        raise ApiError(REFUSED, "each line item has to be in exactly one group")
    skus = [{order.unit(unit_id).sku.sku_id for unit_id in group["order_line_item_ids"]} for group in groups]
    if order.region not in BY_ITEM and any(one & other for i, one in enumerate(skus) for other in skus[i + 1 :]):
        raise ApiError(REFUSED, "all units of a SKU have to be in one package here")
    packages = call.shop.split(order.id, [group["order_line_item_ids"] for group in groups])
    return {
        "packages": [
            {"splittable_group_id": group["id"], "id": package.id}
            for group, package in zip(groups, packages, strict=True)
        ]
    }


def search_combinable(call: Call) -> dict[str, Any]:
    """Search Combinable Packages."""
    shown, paging = page(list(call.shop.combinable().items()), call.query)
    return {"combinable_packages": [{"id": draft, "order_ids": ids} for draft, ids in shown], **paging}


def combine(call: Call) -> dict[str, Any]:
    """Combine Package."""
    drafts = call.shop.combinable()
    done = []
    for wanted in call.body["combinable_packages"]:
        if wanted["id"] not in drafts:
            raise ApiError(NOT_FOUND, f"combinable package {wanted['id']} not found")
        order_ids = wanted.get("order_ids") or drafts[wanted["id"]]
        if len(order_ids) < 2 or not set(order_ids) <= set(drafts[wanted["id"]]):
            raise ApiError(REFUSED, "two or more of the package's orders are needed")
        done.append({"id": call.shop.combine(order_ids), "order_ids": order_ids})
    return {"packages": done, "errors": []}


def uncombine(call: Call) -> dict[str, Any]:
    """Uncombine Packages."""
    order_ids = call.body.get("order_ids", [])
    packages = call.shop.uncombine(call.path["package_id"], order_ids)
    return {"packages": [{"id": package.id, "order_ids": [package.order_id]} for package in packages]}


OPERATIONS = [
    Operation(
        "GET",
        "/fulfillment/202309/orders/split_attributes",
        split_attributes,
        query={"order_ids": many(text(), required=True)},
    ),
    Operation(
        "POST",
        "/fulfillment/202309/orders/{order_id}/split",
        split,
        body=fields(
            splittable_groups=many(
                fields(id=text(required=True), order_line_item_ids=many(text(), required=True)),
                required=True,
                minimum=2,
            ),
            splittable_groups_v2=many(
                fields(id=text(), order_line_list=many(fields(order_line_id=text(), sub_item_id=text())))
            ),
        ),
    ),
    Operation(
        "GET",
        "/fulfillment/202309/combinable_packages/search",
        search_combinable,
        query={"page_token": text(), "page_size": number(1, 50, required=True)},
    ),
    Operation(
        "POST",
        "/fulfillment/202309/packages/combine",
        combine,
        body=fields(
            combinable_packages=many(fields(id=text(required=True), order_ids=many(text())), required=True, minimum=1)
        ),
    ),
    Operation(
        "POST",
        "/fulfillment/202309/packages/{package_id}/uncombine",
        uncombine,
        body=fields(order_ids=many(text())),
    ),
]
