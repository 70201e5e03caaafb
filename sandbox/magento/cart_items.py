"""What goes into a cart, and what Magento refuses to put there (recordings 61–63)."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from sandbox.magento.errors import ApiError, no_such_product
from sandbox.magento.state import Cart, Product, Row, State
from sandbox.magento.stores import Store

NOT_AVAILABLE = "Product that you are trying to add is not available."
TOO_MANY = "The requested qty is not available"


def add(state: State, store: Store, cart: Cart, given: Row) -> Row:
    """Put a `cartItem` into the cart, or raise its quantity where the same product is in it; `price` is ignored.

    Raises ApiError: 404 unknown SKU (62), 400 not enough stock (63), not for sale here, or options missing.
    """
    product = state.product(given.get("sku") or "")
    if product is None:
        raise no_such_product()
    qty = Decimal(given.get("qty") or 0)
    if qty <= 0:
        raise ApiError(400, "The fewest you may purchase is %1", [1])
    check_for_sale(state, store, product)
    options = given.get("product_option", {}).get("extension_attributes", {})
    if product.type_id == "grouped":
        return _add_grouped(state, store, cart, product, qty, options)
    chosen, children = _choose(state, product, options)
    row = next((i for i in cart.items if i["product_id"] == product.id and i["_chosen"] == chosen), None)
    if row is None:
        row = _new_row(state, cart, product, children) | {"_chosen": chosen, "_options": options}
        check_quantities(state, cart, row, qty)
        row["item_id"] = state.next_id("quote_item")
        cart.items.append(row)
    else:
        check_quantities(state, cart, row, qty)
    row["qty"] += qty
    cart.updated_at = state.now()
    return row


def check_for_sale(state: State, store: Store, product: Product) -> None:
    """Enabled, in the store view's website, and in stock."""
    simple = not product.is_composite and product.manage_stock and not product.backorders
    if product.status != 1 or store.website_id not in (0, *product.website_ids):
        raise ApiError(400, NOT_AVAILABLE)
    if not product.in_stock or (simple and state.salable(product.sku) <= 0):
        raise ApiError(400, NOT_AVAILABLE)


def _new_row(state: State, cart: Cart, product: Product, children: list[Row]) -> Row:
    unit = product.price
    if product.type_id == "configurable" and children:
        unit = state.products[children[0]["sku"]].price
    return {
        "sku": children[0]["sku"] if product.type_id == "configurable" else product.sku,
        "qty": Decimal(0),
        "name": product.name,
        "base_price": unit,
        "product_type": product.type_id,
        "product_id": product.id,
        "quote_id": str(cart.id),
        "weight": product.weight,
        "is_virtual": int(product.is_virtual),
        "children": children,
    }


def _choose(state: State, product: Product, options: Row) -> tuple[Any, list[Row]]:
    """What tells two rows of a product apart, and the parts that the options choose: `{sku, per}` (how many per piece)."""
    if product.type_id == "configurable":
        wanted = {int(o["option_id"]): o.get("option_value") for o in options.get("configurable_item_options", [])}
        part = next((p for p in product.parts if p["options"] == wanted), None)
        if part is None:
            raise ApiError(400, "You need to choose options for your item.")
        return part["sku"], [{"sku": part["sku"], "per": Decimal(1)}]
    if product.type_id == "bundle":
        picked = {
            int(selection): int(o["option_id"])
            for o in options.get("bundle_options", [])
            for selection in o.get("option_selections", [])
        }
        parts = [p for p in product.parts if p["selection_id"] in picked]
        if {p["option_id"] for p in parts} != {p["option_id"] for p in product.parts}:
            raise ApiError(400, "Please select all required options.")
        return tuple(sorted(picked)), [{"sku": p["sku"], "per": Decimal(p["qty"])} for p in parts]
    if product.type_id == "downloadable" and product.parts:
        links = options.get("downloadable_option", {}).get("downloadable_links", [])
        if not links:
            raise ApiError(400, "Please specify product link(s).")
        return tuple(sorted(int(link) for link in links)), []
    return None, []


def _add_grouped(state: State, store: Store, cart: Cart, product: Product, qty: Decimal, options: Row) -> Row:
    """A grouped product is never in a cart itself: its parts are."""
    wanted = {int(o["id"]): Decimal(o.get("qty") or 0) for o in options.get("grouped_options", [])}
    children = [(p, wanted.get(state.products[p["sku"]].id, Decimal(0))) for p in product.parts]
    children = [(part, count) for part, count in children if count > 0]
    if not children:
        raise ApiError(400, "Please specify the quantity of product(s).")
    rows = [add(state, store, cart, {"sku": part["sku"], "qty": count * qty}) for part, count in children]
    return rows[0]


def needs(row: Row, qty: Decimal) -> Iterator[tuple[str, Decimal]]:
    """SKU and quantity of what `qty` of a cart row takes from the shelf."""
    if not row["children"]:
        yield row["sku"], qty
    for child in row["children"]:
        yield child["sku"], child["per"] * qty


def check_quantities(state: State, cart: Cart, changed: Row | None = None, by: Decimal = Decimal(0)) -> None:
    """Raise ApiError 400 (63) when the cart, with `changed` raised by `by`, asks for more than is salable."""
    total: dict[str, Decimal] = defaultdict(Decimal)
    rows = list(cart.items)
    if changed is not None and changed not in rows:
        rows.append(changed)
    for row in rows:
        for sku, qty in needs(row, row["qty"] + (by if row is changed else 0)):
            total[sku] += qty
    for sku, qty in total.items():
        product = state.products.get(sku)
        if product is None or product.status != 1:
            raise ApiError(400, NOT_AVAILABLE)
        if product.manage_stock and not product.backorders and state.salable(sku) < qty:
            raise ApiError(400, TOO_MANY)


def as_json(row: Row, rate: Decimal) -> dict[str, Any]:
    """The item as recording 61 has it."""
    answer = {name: row[name] for name in ("item_id", "sku", "qty", "name", "product_type", "quote_id")}
    answer["price"] = price(row, rate)
    if row.get("_options"):
        answer["product_option"] = {"extension_attributes": row["_options"]}
    return answer


def price(row: Row, rate: Decimal) -> Decimal:
    """The unit price in the store view's currency."""
    return (row["base_price"] * rate).quantize(Decimal("0.01")) if rate != 1 else Decimal(row["base_price"])
