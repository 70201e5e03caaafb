"""Turn the options of "place an order" into an order: plain JSON in, units with amounts to the cent out.

Line amounts `seller_discount`, `platform_discount` and `tax` are for the whole line and are shared out to its units;
`original_price`, `sale_price`, `pfand_fee` are per unit. What is left out is filled in from the catalogue and the market.
"""

import random
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.tiktok.addresses import make_recipient
from sandbox.tiktok.catalogue import Sku, sku_of
from sandbox.tiktok.errors import bad_request
from sandbox.tiktok.model import FEES, STATUSES, Ids, Order, Part, Unit
from sandbox.tiktok.regions import REGIONS, quantum, region_of, rounded, share

LINE_OPTIONS = frozenset(
    {
        "seller_sku",
        "quantity",
        "original_price",
        "sale_price",
        "seller_discount",
        "platform_discount",
        "tax",
        "is_gift",
        "gift_retail_price",
        "pfand_fee",
        "bundle",
    }
)
ORDER_AMOUNTS = (
    "original_shipping_fee",
    "shipping_fee_seller_discount",
    "shipping_fee_platform_discount",
    "shipping_fee_cofunded_discount",
    "shipping_fee_tax",
    "payment_platform_discount",
    "payment_discount_service_fee",
)
ORDER_OPTIONS = frozenset(
    {
        "shop_id",
        "region",
        "currency",
        "lines",
        "status",
        "hold_seconds",
        "hold_recipient",
        "shipping_fee",
        "tax_rate",
        "fees",
        "discrepancy",
        "fulfillment_type",
        "shipping_type",
        "order_type",
        "hostile",
        "masked",
        "recipient",
        "buyer_message",
        "seller_note",
        "is_sample",
        "is_cod",
        "replaced_order_id",
        "exchange_source_order_id",
        "is_subscription",
        "cpf",
        "cpf_name",
        "release_date",
        "buyer_id",
        "buyer_email",
        "seed",
    }
) | set(ORDER_AMOUNTS)

CHOICES = {
    "status": STATUSES,
    "hold_recipient": ("masked", "empty"),
    "fulfillment_type": ("FULFILLMENT_BY_SELLER", "FULFILLMENT_BY_TIKTOK", "FULFILLMENT_BY_DILAYANI_TOKOPEDIA"),
    "shipping_type": ("SELLER", "TIKTOK", "TIKTOK_DIGITAL"),
}


def _decimal(value: Any, name: str) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        raise bad_request(f"{name} is no amount: {value!r}") from None


def _check(options: dict[str, Any]) -> None:
    unknown = set(options) - ORDER_OPTIONS
    if unknown:
        raise bad_request(f"unknown options: {', '.join(sorted(unknown))}")
    for name, values in CHOICES.items():
        if name in options and options[name] not in values:
            raise bad_request(f"{name} is one of {', '.join(values)}")
    lines = options.get("lines")
    if lines is not None and not (isinstance(lines, list) and all(isinstance(line, dict) for line in lines)):
        raise bad_request("lines is a list of objects")
    for name in ("fees", "discrepancy", "recipient"):
        if not isinstance(options.get(name) or {}, dict):
            raise bad_request(f"{name} is an object")
    if not isinstance(options.get("hold_seconds", 0), int | float):
        raise bad_request("hold_seconds is a number")
    unknown = set(options.get("fees") or {}) - set(FEES)
    if unknown:
        raise bad_request(f"unknown fees: {', '.join(sorted(unknown))}")


def _parts(unit: Unit, bundle: list[tuple[Sku, int]], currency: str, ids: Ids) -> list[Part]:
    """The contents of a bundle; its prices are shared out by list price, to the cent."""
    skus = [sku for sku, count in bundle for _ in range(count)]
    weights = [sku.price for sku in skus]
    columns = [
        share(amount, weights, currency)
        for amount in (unit.original_price, unit.seller_discount, unit.platform_discount, unit.tax)
    ]
    return [Part(ids.next("57646"), sku, *amounts) for sku, *amounts in zip(skus, *columns, strict=True)]


def _bundle_part(part: Any) -> tuple[Sku, int]:
    if not isinstance(part, dict) or set(part) != {"seller_sku", "count"} or not isinstance(part["count"], int):
        raise bad_request("a part of a bundle is {seller_sku, count}")
    return sku_of(part["seller_sku"]), part["count"]


def _line(line: dict[str, Any], region: str, currency: str, tax_rate: Decimal, ids: Ids) -> list[Unit]:
    unknown = set(line) - LINE_OPTIONS
    if unknown:
        raise bad_request(f"unknown line options: {', '.join(sorted(unknown))}")
    quantity = line.get("quantity", 1)
    if not isinstance(quantity, int) or not 1 <= quantity <= 500:
        raise bad_request("quantity is a whole number from 1 to 500")
    given = {
        name: _decimal(line[name], name)
        for name in ("original_price", "sale_price", "seller_discount", "platform_discount", "tax", "pfand_fee")
        if line.get(name) is not None
    }
    sku = sku_of(line.get("seller_sku", ""))
    is_gift = bool(line.get("is_gift"))
    listed = rounded(sku.price * REGIONS[region].rate, currency)
    original = given.get("original_price", Decimal(0) if is_gift else given.get("sale_price", listed))
    seller, platform = given.get("seller_discount"), given.get("platform_discount", Decimal(0))
    if seller is None:
        seller = (original - given.get("sale_price", original)) * quantity - platform
        if "sale_price" not in given:
            seller = Decimal(0)
    if "sale_price" in given and given["sale_price"] * quantity != original * quantity - seller - platform:
        raise bad_request("sale_price x quantity is original_price x quantity less the line's discounts")
    if seller < 0 or platform < 0 or original * quantity < seller + platform:
        raise bad_request("discounts are not negative and not larger than the line")
    due = original * quantity - seller - platform
    tax = given.get("tax", rounded(due * tax_rate, currency))
    even = [Decimal(1)] * quantity
    bundle = [_bundle_part(part) for part in line.get("bundle") or []]
    bundle = bundle or [(sku_of(name), count) for name, count in sku.parts]
    units = []
    rows = zip(share(seller, even, currency), share(platform, even, currency), share(tax, even, currency), strict=True)
    for unit_seller, unit_platform, unit_tax in rows:
        unit = Unit(ids.next("57646"), sku, original, unit_seller, unit_platform, unit_tax, tax_rate, is_gift)
        unit.gift_retail_price = _decimal(line.get("gift_retail_price", listed if is_gift else 0), "gift_retail_price")
        unit.pfand_fee = given.get("pfand_fee", Decimal(0))
        unit.parts = _parts(unit, bundle, currency, ids)
        units.append(unit)
    return units


def _spread_fees(order: Order) -> None:
    """Some fees are told per line as well; they add up to the order's."""
    weights = [unit.sale_price for unit in order.units]
    for fee in ("retail_delivery_fee", "small_order_fee", "buyer_service_fee", "distance_fee"):
        if order.fees.get(fee):
            for unit, part in zip(order.units, share(order.fees[fee], weights, order.currency), strict=True):
                unit.fees[fee] = part


def _unit_amounts_fit(order: Order) -> None:
    smallest = quantum(order.currency)
    for unit in order.units:
        for amount in (unit.original_price, unit.seller_discount, unit.platform_discount, unit.tax):
            if amount != amount.quantize(smallest):
                raise bad_request(f"{amount} has more decimals than {order.currency}")


def make_order(
    options: dict[str, Any], shop_id: str, shop_region: str, ids: Ids, rng: random.Random, now: int
) -> Order:
    """An UNPAID order out of the options (README.md beside this file: "Place an order").

    Raises ApiError 36009004 on an unknown or malformed option, so that a typing error in a test does not pass unseen.
    """
    _check(options)
    try:
        region = region_of(str(options.get("region") or shop_region))
    except KeyError:
        raise bad_request(f"region is one of {', '.join(REGIONS)}") from None
    if "seed" in options:
        rng = random.Random(options["seed"])
    currency = str(options.get("currency") or region.currency)
    tax_rate = _decimal(options.get("tax_rate", region.sales_tax), "tax_rate")
    lines = options.get("lines") or [{"seller_sku": "MUG-01"}]
    units = [unit for line in lines for unit in _line(dict(line), region.code, currency, tax_rate, ids)]
    if options.get("is_sample"):
        for unit in units:
            unit.seller_discount, unit.tax = unit.original_price - unit.platform_discount, Decimal(0)
    amounts = {name: _decimal(options[name], name) for name in ORDER_AMOUNTS if options.get(name) is not None}
    if options.get("shipping_fee") is not None:
        amounts["original_shipping_fee"] = _decimal(options["shipping_fee"], "shipping_fee")
    default_fee = Decimal(0) if options.get("is_sample") else region.shipping_fee
    amounts.setdefault("original_shipping_fee", default_fee)
    taxed = amounts["original_shipping_fee"] - sum(
        amounts.get(f"shipping_fee_{who}_discount", Decimal(0)) for who in ("seller", "platform", "cofunded")
    )
    amounts.setdefault("shipping_fee_tax", rounded(taxed * tax_rate, currency))
    try:
        address = make_recipient(region.code, rng, options)
    except ValueError as error:
        raise bad_request(str(error)) from error
    order = Order(
        id=ids.next("57646"),
        shop_id=shop_id,
        region=region.code,
        currency=currency,
        buyer_id=str(options.get("buyer_id") or ids.next("749451")),
        address=address,
        units=units,
        create_time=now,
        update_time=now,
        shipping_type=str(options.get("shipping_type", "SELLER")),
        fulfillment_type=str(options.get("fulfillment_type", "FULFILLMENT_BY_SELLER")),
        fees={name: _decimal(amount, name) for name, amount in (options.get("fees") or {}).items()},
        discrepancy={name: _decimal(amount, name) for name, amount in (options.get("discrepancy") or {}).items()},
        masked=bool(options.get("masked")),
        hold_recipient=str(options.get("hold_recipient", "masked")),
    )
    for name, amount in amounts.items():
        setattr(order, name, amount)
    order.options = {name: value for name, value in options.items() if name not in ("lines", "recipient")}
    if region.code == "BR":
        order.options.setdefault("cpf", "12345678909")
        order.options.setdefault("cpf_name", address["name"])
    _spread_fees(order)
    _unit_amounts_fit(order)
    return order
