"""The price detail of an order, as `GET /order/202407/orders/{id}/price_detail` writes it."""

from decimal import Decimal
from typing import Any

from sandbox.tiktok.model import Order, Unit, payment_of, total
from sandbox.tiktok.regions import money


def _prices(order: Order, units: list[Unit], shipping: dict[str, Decimal]) -> dict[str, str]:
    list_price = total(u.original_price for u in units)
    seller, platform = total(u.seller_discount for u in units), total(u.platform_discount for u in units)
    product_tax = total(u.tax for u in units)
    sale = list_price - seller - platform
    shipping_sale = shipping["list"] - shipping["seller"] - shipping["platform"]
    tax = product_tax + shipping["tax"]
    fees = shipping.get("fees", Decimal(0)) + total(u.pfand_fee for u in units)
    amounts = {
        "total": list_price + shipping["list"],
        "payment": sale + shipping_sale + tax + fees,
        "sku_list_price": list_price,
        "sku_sale_price": sale,
        "subtotal": sale + product_tax,
        "subtotal_deduction_seller": seller,
        "subtotal_deduction_platform": platform,
        "subtotal_tax_amount": product_tax,
        "voucher_deduction_platform": Decimal(0),
        "voucher_deduction_seller": Decimal(0),
        "shipping_list_price": shipping["list"],
        "shipping_sale_price": shipping_sale,
        "shipping_fee_deduction_seller": shipping["seller"],
        "shipping_fee_deduction_platform": shipping["platform"],
        "shipping_fee_deduction_platform_voucher": Decimal(0),
        "tax_amount": tax,
        "net_price_amount": sale + shipping_sale,
        "cod_fee": Decimal(0),
        "sku_gift_original_price": total(u.gift_retail_price for u in units),
        "sku_gift_net_price": total(u.gift_retail_price for u in units),
        "distance_shipping_fee": shipping.get("distance", Decimal(0)),
        "distance_fee": shipping.get("distance", Decimal(0)),
    }
    rate = max((u.tax_rate for u in units), default=Decimal(0))
    return {
        "currency": order.currency,
        "tax_rate": str(rate),
        **{k: money(v, order.currency) for k, v in amounts.items()},
    }


def price_detail_document(order: Order) -> dict[str, Any]:
    """`GET /order/202407/orders/{id}/price_detail`. Shipping is told on the order, not spread over the lines."""
    payment = payment_of(order)
    other_fees = (
        payment["total_amount"]
        - payment["sub_total"]
        - payment["shipping_fee"]
        - payment["tax"]
        - total(u.pfand_fee for u in order.units)
    )
    shipping = {
        "list": payment["original_shipping_fee"],
        "seller": payment["shipping_fee_seller_discount"] + payment["shipping_fee_cofunded_discount"],
        "platform": payment["shipping_fee_platform_discount"],
        "tax": payment["shipping_fee_tax"],
        "fees": other_fees,
        "distance": payment["distance_fee"],
    }
    nothing = dict.fromkeys(("list", "seller", "platform", "tax"), Decimal(0))
    document: dict[str, Any] = _prices(order, order.units, shipping)
    document["cod_fee_net_amount"] = "0"
    document["line_items"] = [
        {
            "id": unit.id,
            "cod_fee_amount": "0",
            "seller_funded_product_promotions": [
                {
                    "activity_id": f"7136{unit.id[-12:]}",
                    "discount_amount": money(unit.seller_discount, order.currency),
                    "discount_type": "ACTIVITY",
                }
            ]
            if unit.seller_discount
            else [],
            "seller_funded_shipping_promotions": [],
            **_prices(order, [unit], nothing),
        }
        for unit in order.units
    ]
    return document
