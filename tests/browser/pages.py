"""Every page of the panel with something on it, for axe and for the screenshots.

`pages` makes the rows, and names those addresses that show something of their own; `every` adds all other pages from the
app's URL map, so that a new one is among them by itself. An address with a new kind of argument needs a line in EXAMPLES.
"""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from connector import clock
from connector.domain.rules import Actions, Conditions
from connector.extensions import db
from connector.models import Difference, Order, Reconciliation, SavedView, User
from connector.sync import bulk, rules
from tests import factories, seeds

#: What stands for an argument of an address: a statement that gives one value. Not there: no page, or made in `pages`.
EXAMPLES = {
    "tiktok_order_id": "SELECT tiktok_order_id FROM orders WHERE status = 'AWAITING_SHIPMENT' ORDER BY id LIMIT 1",
    "shop_id": "SELECT id FROM shops",
    "store_id": "SELECT id FROM stores",
    "rule_id": "SELECT id FROM rules",
    "user_id": "SELECT id FROM users",
    "filename": "SELECT 'favicon.svg'",
    "token": "SELECT 'gone'",
    "given": "SELECT 'gone'",
    "bulk_run.run_id": "SELECT max(id) FROM bulk_runs",
    "reconciliation.run_id": "SELECT max(id) FROM reconciliations",
}
#: Pages that are seen without logging in.
OUTSIDE = {"log-in": "/login", "password": "/password"}


def pages(user: User) -> dict[str, str]:
    """Fills the database; returns name and address of each page."""
    now = clock.now()
    store = factories.make_store(name="Main store")
    shop = factories.make_shop(name="Acme US", store_id=store.id, time_zone="America/Los_Angeles")
    made = {"magento_order_id": 12, "magento_increment_id": "000000012"}
    names = ("Stoneware Mug", "Wool Beanie", "Canvas Tote Bag, natural", "Phone Stand")
    for at, status in enumerate(("AWAITING_SHIPMENT", "AWAITING_COLLECTION", "DELIVERED", "COMPLETED", "UNPAID") * 2):
        line = factories.make_line(product_name=names[at % 4], price=f"{12 + 7 * at}.50")
        factories.make_order(
            shop, status=status, create_time=now - timedelta(hours=5 * at), line_items=[line], row=made
        )
    moving = factories.make_order(
        shop, status="IN_TRANSIT", tracking_number="1Z999AA10123456784", shipping_provider="UPS", row=made
    )
    factories.make_order(shop, status="CANCELLED", cancel_reason="Ordered by mistake", cancellation_initiator="BUYER")
    held = factories.make_order(
        shop,
        status="ON_HOLD",
        recipient_address={"name": "A***", "region_code": "US", "address_line1": "1** M***", "full_address": "***"},
        row={"sync_state": "waiting", "waiting_for": "on_hold"},
    )
    failed = [factories.make_failed_order(shop) for _ in range(3)]
    factories.make_failed_order(
        shop, row={"error_code": "magento_unavailable", "error_subject": "", "error_message": "The store is away."}
    )
    factories.make_line_of_timeline(failed[0], "Magento has no product with SKU MUG-02.", is_error=True, code="failed")
    ignored = factories.make_order(shop, row={"sync_state": "ignored"})
    seeds.returns(shop)
    statement = seeds.money(shop)
    report = Reconciliation(
        shop_id=shop.id, asked_by=user.email, since=now - timedelta(days=7), until=now, state="done", started_at=now,
        finished_at=now, orders=14, agreed=13,
    )  # fmt: skip
    db.session.add(report)
    db.session.flush()
    missing = "It is not in Magento, and nobody works on it."
    db.session.add(
        Difference(
            reconciliation_id=report.id,
            tiktok_order_id=moving.tiktok_order_id,
            kind="missing",
            sentence=missing,
        )
    )
    db.session.add(SavedView(user_id=user.id, name="Dear ones", query="total_from=50", created_at=now))
    db.session.commit()
    chosen = bulk.choose([], user.email, "All", "/orders")
    few = [Order.sync_state.in_(("ignored", "synced")), Order.status != "ON_HOLD"]
    ended = bulk.choose(few, user.email, "All", "/orders")
    bulk.start(ended, "sync-again", user.email)
    bulk.work(ended)
    number = moving.tiktok_order_id
    rule = rules.save(
        None, "Large orders", Conditions(total_from="20"), Actions(hold=True, tags=("large",)), user.email
    )
    return {
        "orders": "/orders",
        "orders-error": "/orders?tab=error",
        "orders-filtered": "/orders?country=US&created=7d&q=mug",
        "orders-view": "/orders?total_from=50",
        "orders-nothing": "/orders?q=nothing-at-all",
        "order": f"/orders/{number}",
        "order-failed": f"/orders/{failed[0].tiktok_order_id}",
        "order-held": f"/orders/{held.tiktok_order_id}",
        "order-ignored": f"/orders/{ignored.tiktok_order_id}",
        "problem": f"/orders/{failed[0].tiktok_order_id}/problem",
        "document": f"/orders/{number}/document",
        "many-chosen": f"/orders/all/{chosen}",
        "many-ended": f"/orders/all/{ended}",
        "packing": "/packing",
        "packing-parcel": f"/packing/scan?order={held.tiktok_order_id}",
        "returns": "/returns",
        "returns-all": "/returns?tab=all",
        "returns-decide": f"/returns/decide?id={seeds.first_return()}",
        "returns-decide-many": "/returns/decide?" + "&".join(f"id={row_id}" for row_id in seeds.returns_to_answer()),
        "order-returned": f"/orders/{seeds.order_returned()}",
        "reasons": "/help/reasons",
        "meter": "/activity/meter",
        "packages": f"/orders/{seeds.order_to_split(shop).tiktok_order_id}/packages",
        "payouts": "/payouts",
        "payouts-unsettled": "/payouts?tab=unsettled",
        "payouts-matching": "/payouts?tab=matching",
        "payouts-statement": f"/payouts/{statement.id}",
        "order-settled": f"/orders/{seeds.order_settled()}",
        "rules": "/rules",
        "rule": f"/rules/{rule}",
        "skus": "/skus",
        "carriers": "/carriers",
        "activity": "/activity",
        "dead-ends": "/activity/dead-ends",
        "reconciliation": "/activity/reconciliation",
        "connections": "/connections",
        "new-store": "/connections/stores/new",
        "settings": "/settings",
        "users": "/users",
        "account": "/account",
        "guide": "/guide",
        "setup": "/setup",
        "not-found": "/orders/1",
    }


def every(app: Flask, user: User) -> dict[str, str]:
    """The pages of `pages`, and every other one of the URL map that answers with a whole page: name and address."""
    shown = pages(user)
    client = FlaskClient(app, app.response_class)
    app.config["WTF_CSRF_ENABLED"] = False
    logged_in = client.post("/login", data={"email": user.email, "password": factories.PASSWORD})
    app.config["WTF_CSRF_ENABLED"] = True
    assert logged_in.status_code == 303
    urls = app.url_map.bind("localhost")
    seen = {urls.match(urlsplit(address).path)[0] for address in [*shown.values(), *OUTSIDE.values()]}
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint in seen:
            continue
        values = {name: _example(rule.endpoint, name) for name in rule.arguments}
        if None in values.values():
            continue
        address = urls.build(rule.endpoint, values)
        answer = client.get(address, buffered=True)  # exports are streamed
        if answer.status_code == 200 and answer.mimetype == "text/html" and "<html" in answer.text:
            shown[rule.endpoint.replace(".", "-").replace("_", "-")] = address
    db.session.commit()
    return shown


def _example(endpoint: str, name: str) -> object:
    kind = "bulk_run" if endpoint.startswith("orders.") else endpoint.partition(".")[0]
    statement = EXAMPLES.get(f"{kind}.{name}", EXAMPLES.get(name))
    if statement is None:
        raise LookupError(f"{endpoint}: add an example for its argument “{name}” to tests/browser/pages.py")
    return db.session.execute(text(statement)).scalar()
