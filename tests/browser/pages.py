"""Every page of the panel with something on it, for axe and for the screenshots."""

from __future__ import annotations

from datetime import timedelta

from connector import clock
from connector.extensions import db
from connector.models import Order, SavedView, User
from connector.sync import bulk
from tests import factories, seeds

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
    db.session.add(SavedView(user_id=user.id, name="Dear ones", query="total_from=50", created_at=now))
    db.session.commit()
    chosen = bulk.choose([], user.email, "All", "/orders")
    few = [Order.sync_state.in_(("ignored", "synced")), Order.status != "ON_HOLD"]
    ended = bulk.choose(few, user.email, "All", "/orders")
    bulk.start(ended, "sync-again", user.email)
    bulk.work(ended)
    number = moving.tiktok_order_id
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
        "payouts": "/payouts",
        "payouts-unsettled": "/payouts?tab=unsettled",
        "payouts-matching": "/payouts?tab=matching",
        "payouts-statement": f"/payouts/{statement.id}",
        "order-settled": f"/orders/{seeds.order_settled()}",
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
