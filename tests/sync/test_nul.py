"""What PostgreSQL takes in no text: a NUL in what the other side answered is no fault of ours."""

from __future__ import annotations

from flask import Flask

from connector import clock, http
from connector.domain.errors import TryLater
from connector.extensions import db
from connector.models import Order
from connector.sync import converge, lease
from tests import factories


def test_an_answer_with_a_nul_is_kept_as_the_problems_exchange(app: Flask) -> None:
    order_id = factories.make_order(factories.make_shop(), row={"sync_state": "pending", "due_at": clock.now()}).id
    db.session.remove()
    held = lease.take(order_id)
    assert held is not None
    request = http.prepared("POST", "http://magento/rest/V1/orders", headers={})
    answer = http.Response(status=502, headers={}, content=b"\x1f\x8b\x00 garbage", elapsed=0.1, request=request)
    error = TryLater("Magento: \0 garbage", code="magento_unavailable", exchange=http.exchange_of(request, answer))
    converge._write_failure(held, None, error)
    row = db.session.get_one(Order, order_id)
    assert (row.error_code, row.error_message) == ("magento_unavailable", "Magento:  garbage")
    assert row.error_exchange is not None
    assert row.error_exchange["response_body"].endswith(" garbage")
