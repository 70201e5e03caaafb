"""The floor of the draining: a bare script that makes the calls which an order needs, and nothing else.

The same calls in the same order as the connector's for an order of one line, with the same queries and bodies (as it sent
them; how many both made is printed), from as many processes, over kept connections where the server keeps them. Bodies are made
once, only ids are put in.
"""

from __future__ import annotations

import multiprocessing
import time
from typing import Any

import requests

from connector.magento.readers import ORDER_FIELDS
from sandbox.stack import MAGENTO_TOKEN

ADDRESS = {
    "firstname": "Marcus", "lastname": "O'Neill", "street": ["500 E 4th St"], "city": "Austin", "region": "Texas",
    "regionCode": "TX", "regionId": 57, "postcode": "78701", "countryId": "US", "telephone": "(+1)5125550199",
    "email": "buyerid@tiktok.com",
}  # fmt: skip
INFORMATION = {
    "shippingAddress": ADDRESS,
    "billingAddress": ADDRESS,
    "shippingCarrierCode": "flatrate",
    "shippingMethodCode": "flatrate",
}
_FILTER = "searchCriteria[filterGroups][0][filters][0]"
PRODUCT = {
    f"{_FILTER}[field]": "sku", f"{_FILTER}[value]": "MUG-01", f"{_FILTER}[conditionType]": "in",
    "searchCriteria[pageSize]": 1, "fields": "items[id,sku,name,price,type_id,status],total_count",
}  # fmt: skip
AMOUNTS = {
    "customer_email": "buyerid@tiktok.com", "order_currency_code": "USD", "shipping_discount_tax_compensation_amount": 0,
    "base_shipping_discount_tax_compensation_amnt": 0, "shipping_description": "TikTok Shop - Shipped by seller",
} | {f"{base}{name}": value for base in ("", "base_") for name, value in {
    "subtotal": 12.5, "subtotal_incl_tax": 13.53, "discount_amount": 0, "tax_amount": 1.52, "shipping_amount": 5.99,
    "shipping_incl_tax": 6.48, "grand_total": 20.01, "shipping_tax_amount": 0.49, "discount_tax_compensation_amount": 0,
    "shipping_discount_amount": 0, "total_due": 20.01,
}.items()}  # fmt: skip
ITEM = {"sku": "MUG-01", "tax_percent": 8.24, "discount_percent": 0} | {
    f"{base}{name}": value for base in ("", "base_") for name, value in {
        "price": 12.5, "original_price": 12.5, "row_total": 12.5, "discount_amount": 0, "tax_amount": 1.03,
        "price_incl_tax": 13.53, "row_total_incl_tax": 13.53, "discount_tax_compensation_amount": 0,
    }.items()
}  # fmt: skip
CALLS = 11


def run(magento: str, count: int, processes: int) -> float:
    """Seconds for `count` orders from `processes` processes."""
    context = multiprocessing.get_context("spawn")
    share = [count // processes + (number < count % processes) for number in range(processes)]
    gate = context.Barrier(processes + 1)
    workers = [context.Process(target=_work, args=(magento, some, number, gate)) for number, some in enumerate(share)]
    for worker in workers:
        worker.start()
    gate.wait()
    begun = time.monotonic()
    for worker in workers:
        worker.join()
        if worker.exitcode:
            raise RuntimeError("the bare script failed")
    return time.monotonic() - begun


def _work(magento: str, count: int, number: int, gate: Any) -> None:
    session = requests.Session()
    session.trust_env = False
    session.headers["Authorization"] = f"Bearer {MAGENTO_TOKEN}"
    gate.wait()
    for each in range(count):
        _order(session, f"{magento}/rest/V1", f"99{number:02d}{each:012d}")


def _order(session: requests.Session, root: str, ext_order_id: str) -> None:
    def call(method: str, path: str, **options: Any) -> Any:
        answer = session.request(method, root + path, timeout=60, **options)
        answer.raise_for_status()
        return answer.json()

    fields = {"fields": ORDER_FIELDS}
    call("GET", "/products", params=PRODUCT)
    cart = call("POST", "/carts/")
    call("POST", f"/carts/{cart}/items", json={"cartItem": {"sku": "MUG-01", "qty": 1, "quote_id": str(cart)}})
    call("POST", f"/carts/{cart}/shipping-information", json={"addressInformation": INFORMATION})
    order = int(call("PUT", f"/carts/{cart}/order", json={"paymentMethod": {"method": "checkmo"}}))
    [item] = call("GET", f"/orders/{order}", params=fields)["items"]
    items = [{"item_id": item["item_id"], **ITEM}]
    entity = {"entity_id": order, "ext_order_id": ext_order_id, **AMOUNTS, "items": items}
    call("POST", "/orders", json={"entity": entity})
    call("GET", f"/orders/{order}", params=fields)
    call("POST", f"/order/{order}/invoice", json={"capture": True, "notify": False})
    call("GET", f"/orders/{order}", params=fields)
    comment = {
        "comment": f"TikTok Shop order {ext_order_id}: awaiting shipment", "is_customer_notified": 0,
        "is_visible_on_front": 0, "parent_id": order, "status": "processing",
    }  # fmt: skip
    call("POST", f"/orders/{order}/comments", json={"statusHistory": comment})
