"""The floor of the draining: a bare script that makes the calls which an order needs, and nothing else.

The same calls in the same order as the connector's for an order of one line (both counts are printed), from as many
processes, over kept connections where the server keeps them; bodies are made once, only ids are put in.
"""

from __future__ import annotations

import multiprocessing
import time
from typing import Any

import requests

from sandbox.stack import MAGENTO_TOKEN

ADDRESS = {
    "firstname": "Marcus", "lastname": "O'Neill", "street": ["500 E 4th St"], "city": "Austin", "region": "Texas",
    "regionCode": "TX", "regionId": 57, "postcode": "78701", "countryId": "US", "telephone": "5125550199",
    "email": "buyerid@tiktok.com",
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

    sku = {
        "searchCriteria[filterGroups][0][filters][0][field]": "sku",
        "searchCriteria[filterGroups][0][filters][0][value]": "MUG-01",
    }
    call("GET", "/products", params=sku)
    cart = call("POST", "/carts/")
    call("POST", f"/carts/{cart}/items", json={"cartItem": {"sku": "MUG-01", "qty": 1, "quote_id": cart}})
    information = {
        "shippingAddress": ADDRESS,
        "billingAddress": ADDRESS,
        "shippingCarrierCode": "flatrate",
        "shippingMethodCode": "flatrate",
    }
    call("POST", f"/carts/{cart}/shipping-information", json={"addressInformation": information})
    order = int(call("PUT", f"/carts/{cart}/order", json={"paymentMethod": {"method": "checkmo"}}))
    placed = call("GET", f"/orders/{order}")
    totals = {"entity_id": order, "ext_order_id": ext_order_id, "grand_total": placed["grand_total"]}
    call("POST", "/orders", json={"entity": totals})
    call("GET", f"/orders/{order}")
    call("POST", f"/order/{order}/invoice", json={"capture": True, "notify": False})
    call("GET", f"/orders/{order}")
    comment = {"comment": "TikTok Shop order", "is_customer_notified": 0, "parent_id": order, "status": "processing"}
    call("POST", f"/orders/{order}/comments", json={"statusHistory": comment})
