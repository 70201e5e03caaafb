"""The catalogue (recordings 01–04) and the old stock item calls."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sandbox.magento import search
from sandbox.magento.errors import ApiError, no_such_product, required
from sandbox.magento.routing import Call, route
from sandbox.magento.schema import names
from sandbox.magento.state import Product, State

RESOURCE = "Magento_Catalog::products"
COLUMNS = names(
    "entity_id id sku name price type_id status visibility weight attribute_set_id created_at updated_at url_key "
    "website_id store_id category_id description short_description manufacturer tax_class_id"
)


@route("POST", "/V1/products", RESOURCE)
def create(call: Call) -> dict[str, Any]:
    """Creates, or changes the product that has the SKU."""
    given = call.body["product"]
    if not given.get("sku"):
        raise required("sku")
    return _save(call, given["sku"], given)


@route("PUT", "/V1/products/{sku}", RESOURCE)
def update(call: Call) -> dict[str, Any]:
    return _save(call, call.path["sku"], call.body["product"])


def _save(call: Call, sku: str, given: dict[str, Any]) -> dict[str, Any]:
    state = call.state
    product = state.product(sku)
    if product is None:
        if not given.get("name"):
            message = 'The value of attribute "%1" must be set.'
            raise ApiError(400, message.replace("%1", "name"))
        product = state.add_product(sku, given["name"], Decimal(0), type_id=given.get("type_id", "simple"))
        product.custom_attributes = {"url_key": given["name"].lower().replace(" ", "-")}
    for name in ("name", "status", "visibility", "weight", "attribute_set_id"):
        if given.get(name) is not None:
            setattr(product, name, given[name])
    if given.get("price") is not None:
        product.price = Decimal(given["price"])
    product.updated_at = state.now()
    for attribute in given.get("custom_attributes", []):
        product.custom_attributes[attribute["attribute_code"]] = attribute["value"]
    extension = given.get("extension_attributes", {})
    if "website_ids" in extension:
        product.website_ids = list(extension["website_ids"])
    stock = extension.get("stock_item", {})
    if stock.get("qty") is not None:
        set_stock(state, product.sku, Decimal(stock["qty"]))
    if stock.get("is_in_stock") is not None:
        product.in_stock = bool(stock["is_in_stock"])
    if stock.get("manage_stock") is not None:
        product.manage_stock = bool(stock["manage_stock"])
    return as_json(state, product)


def set_stock(state: State, sku: str, qty: Decimal) -> None:
    """Set what the source holds, as the merchant does in the admin."""
    state.source_quantity[sku] = qty


@route("GET", "/V1/products/{sku}", RESOURCE)
def by_sku(call: Call) -> dict[str, Any]:
    product = call.state.product(call.path["sku"])
    if product is None:
        raise no_such_product()
    return as_json(call.state, product)


@route("DELETE", "/V1/products/{sku}", RESOURCE)
def delete(call: Call) -> bool:
    product = call.state.product(call.path["sku"])
    if product is None:
        raise no_such_product()
    del call.state.products[product.sku]
    return True


@route("GET", "/V1/products", RESOURCE)
def find(call: Call) -> dict[str, Any]:
    state = call.state
    criteria = search.parse(call.query)
    attributes = {name for product in state.products.values() for name in product.custom_attributes}
    products = [p for p in state.products.values() if call.all_stores or call.store.website_id in (0, *p.website_ids)]
    page, total = search.select(products, criteria, row, unknown_attribute, [*COLUMNS, *attributes])
    items = [as_json(state, product, with_stock=False) for product in page]
    return {"items": items, "search_criteria": criteria.as_answered(), "total_count": total}


def unknown_attribute(one: search.Filter) -> ApiError:
    return ApiError(400, "Invalid attribute name: %1", [one.field])


def row(product: Product) -> Mapping[str, Any]:
    columns = {name: getattr(product, name, None) for name in COLUMNS}
    return columns | {"entity_id": product.id} | product.custom_attributes


def as_json(state: State, product: Product, with_stock: bool = True) -> dict[str, Any]:
    """The product as recording 01 has it."""
    answer = {
        name: getattr(product, name)
        for name in names("id sku name attribute_set_id price status visibility type_id created_at updated_at weight")
    }
    if product.weight is None:
        del answer["weight"]
    extension: dict[str, Any] = {"website_ids": product.website_ids}
    if with_stock:
        extension["stock_item"] = stock_item(state, product)
    if product.type_id == "configurable":
        children = [state.products[part["sku"]].id for part in product.parts if part["sku"] in state.products]
        extension["configurable_product_links"] = children
        extension["configurable_product_options"] = configurable_options(product)
    if product.type_id == "bundle":
        extension["bundle_product_options"] = bundle_options(state, product)
    if product.type_id == "downloadable":
        extension["downloadable_product_links"] = [
            {"id": part["link_id"], "title": part["title"], "sort_order": 1, "is_shareable": 0}
            for part in product.parts
        ]
    links = [
        {
            "sku": product.sku,
            "link_type": "associated",
            "linked_product_sku": part["sku"],
            "linked_product_type": "simple",
            "position": position,
            "extension_attributes": {"qty": part["qty"]},
        }
        for position, part in enumerate(product.parts)
        if product.type_id == "grouped"
    ]
    if links:
        answer["product_links"] = links
    answer |= {"extension_attributes": extension, "options": [], "media_gallery_entries": []}
    attributes: dict[str, Any] = {
        "options_container": "container2",
        "msrp_display_actual_price_type": "0",
        "url_key": product.sku.lower(),
        "required_options": "1" if product.type_id in ("configurable", "bundle") else "0",
        "has_options": "1" if product.is_composite else "0",
        "tax_class_id": "2",
        "category_ids": [],
    }
    attributes |= product.custom_attributes
    answer["custom_attributes"] = [{"attribute_code": code, "value": value} for code, value in attributes.items()]
    return answer


def configurable_options(product: Product) -> list[dict[str, Any]]:
    values: dict[int, list[Any]] = {}
    for part in product.parts:
        for option_id, value in part["options"].items():
            values.setdefault(option_id, []).append({"value_index": value})
    return [
        {"id": number, "attribute_id": str(option_id), "label": f"Option {option_id}", "position": 0, "values": entries}
        for number, (option_id, entries) in enumerate(values.items(), start=1)
    ]


def bundle_options(state: State, product: Product) -> list[dict[str, Any]]:
    options: dict[int, dict[str, Any]] = {}
    for part in product.parts:
        child = state.products.get(part["sku"])
        if child is None:
            continue
        option = options.setdefault(
            part["option_id"],
            {
                "option_id": part["option_id"],
                "title": f"Part {part['option_id']}",
                "required": True,
                "type": "select",
                "position": part["option_id"],
                "sku": product.sku,
                "product_links": [],
            },
        )
        option["product_links"].append(
            {
                "id": str(part["selection_id"]),
                "sku": child.sku,
                "option_id": part["option_id"],
                "qty": part["qty"],
                "position": 1,
                "is_default": True,
                "price": child.price,
                "price_type": 0,
                "can_change_quantity": 0,
            }
        )
    return list(options.values())


def stock_item(state: State, product: Product) -> dict[str, Any]:
    return {
        "item_id": product.id,
        "product_id": product.id,
        "stock_id": 1,
        "qty": state.source_quantity.get(product.sku, Decimal(0)),
        "is_in_stock": product.in_stock,
        "is_qty_decimal": False,
        "show_default_notification_message": False,
        "use_config_min_qty": True,
        "min_qty": 0,
        "use_config_min_sale_qty": 1,
        "min_sale_qty": 1,
        "use_config_max_sale_qty": True,
        "max_sale_qty": 10000,
        "use_config_backorders": True,
        "backorders": product.backorders,
        "use_config_notify_stock_qty": True,
        "notify_stock_qty": 1,
        "use_config_qty_increments": True,
        "qty_increments": 0,
        "use_config_enable_qty_inc": True,
        "enable_qty_increments": False,
        "use_config_manage_stock": True,
        "manage_stock": product.manage_stock,
        "low_stock_date": None,
        "is_decimal_divided": False,
        "stock_status_changed_auto": 0,
    }


@route("GET", "/V1/stockItems/{productSku}", "Magento_CatalogInventory::cataloginventory")
def stock_of(call: Call) -> dict[str, Any]:
    product = call.state.product(call.path["productSku"])
    if product is None:
        raise no_such_product()
    return stock_item(call.state, product)
