"""The first run: nobody but who can run a command makes the first admin, and the guide says what comes next."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from connector.extensions import db, queue
from connector.models import Setting, User
from connector.models.transaction import end_transaction, transaction
from connector.sync import rehearsal
from tests import factories

FORM = {"email": "Ada@Example.com", "password": "a long enough one", "again": "a long enough one"}


def first_path(app: Flask) -> str:
    result = app.test_cli_runner().invoke(args=["users", "first"])
    assert result.exit_code == 0, result.output
    return result.output.strip().removeprefix("http://127.0.0.1:8000")


def users() -> list[str]:
    found = [f"{user.email} {user.role}" for user in db.session.scalars(select(User))]
    end_transaction()
    return found


def test_a_fresh_installation_says_how_the_first_admin_is_made(client: FlaskClient) -> None:
    assert 'href="/setup"' in client.get("/login").text
    assert "flask --app wsgi users first" in client.get("/setup").text
    factories.make_user("viewer")
    assert 'href="/setup"' not in client.get("/login").text
    assert client.get("/setup").location == "/login"


def test_the_first_admin_is_made_at_the_address_that_the_command_prints(app: Flask, client: FlaskClient) -> None:
    path = first_path(app)
    assert client.get(path).status_code == 200
    assert client.post(path, data=FORM | {"again": "other"}).status_code == 422
    assert client.post(path, data=FORM | {"password": "short", "again": "short"}).status_code == 422
    assert users() == []
    answer = client.post(path, data=FORM)
    assert (answer.status_code, answer.location) == (303, "/guide")
    assert users() == ["ada@example.com admin"]
    assert "Connect the Magento store" in client.get("/guide").text


def test_without_the_code_nobody_becomes_admin(client: FlaskClient) -> None:
    for code in ("x", "0" * 40):
        assert client.post(f"/setup/{code}", data=FORM).status_code == 404
    assert users() == []


def test_with_a_user_the_code_is_worth_nothing(app: Flask, client: FlaskClient) -> None:
    path = first_path(app)
    factories.make_user("viewer", "bob@example.com")
    answer = client.post(path, data=FORM)
    assert (answer.status_code, answer.location) == (303, "/login")
    assert users() == ["bob@example.com viewer"]
    assert app.test_cli_runner().invoke(args=["users", "first"]).exit_code == 1


def test_guessing_the_code_is_limited(client: FlaskClient, app: Flask) -> None:
    for _ in range(30):
        client.get("/setup/guess")
    assert client.get(first_path(app)).status_code == 429


def test_the_guide_follows_what_is_there(admin: FlaskClient) -> None:
    assert admin.get("/guide").text.count("is-done") == 1
    store = factories.make_store(checks={"state": "done", "results": [{"name": "x", "ok": True, "message": ""}]})
    shop = factories.make_shop(store_id=store.id)
    factories.make_order(shop, row={"magento_order_id": 7, "magento_increment_id": "000000007"})
    assert admin.get("/guide").text.count("is-done") == 4


def test_a_test_order_that_no_worker_can_be_asked_for_says_so_and_keeps_how_the_last_one_went(
    admin: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop_id = factories.make_shop(store_id=factories.make_store().id).id
    address, part = f"/guide/test-order/{shop_id}", {"HX-Request": "true", "HX-Target": "div#test-order"}
    monkeypatch.setattr(queue, "wake_test_order", lambda shop_id: False)
    assert "queue is away" in admin.post(address, headers=part).headers["HX-Trigger"]
    assert rehearsal.last(shop_id) == {}
    with transaction() as session:
        kept = {"state": "done", "results": [{"name": "Placed", "ok": True, "message": "Order 7."}]}
        session.add(Setting(name=f"test_order_{shop_id}", value=kept))
    assert "Order 7." in admin.post(address, headers=part).text
    assert rehearsal.last(shop_id) == kept
    end_transaction()
