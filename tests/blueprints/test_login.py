"""Logging in and out, and what stops somebody who guesses."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from connector import clock
from connector.blueprints.auth import accounts
from connector.blueprints.auth.views import local_path
from connector.models import User
from connector.sync import people
from connector.sync.asks import Refused
from tests import factories
from tests.support.apps import Apps


def _try(client: FlaskClient, email: str, password: str, **more: str) -> int:
    return client.post("/login", data={"email": email, "password": password} | more).status_code


def test_the_right_password_opens_the_orders(client: FlaskClient) -> None:
    factories.make_user("viewer", "ada@example.com")
    answer = client.post("/login", data={"email": " Ada@Example.com", "password": factories.PASSWORD})
    assert answer.headers["Location"] == "/orders"
    assert client.get("/orders").status_code == 200


def without_tokens(page: str) -> str:
    return re.sub(r'value="[\w.-]{60,}"', "", page)


def test_an_unknown_person_and_a_wrong_password_get_the_same_answer(client: FlaskClient) -> None:
    factories.make_user("viewer", "ada@example.com")
    wrong = client.post("/login", data={"email": "ada@example.com", "password": "not the one"})
    unknown = client.post("/login", data={"email": "bob@example.com", "password": "not the one"})
    assert wrong.status_code == unknown.status_code == 401
    assert without_tokens(wrong.text).replace("ada@", "bob@") == without_tokens(unknown.text)


def test_an_unknown_person_costs_a_check_of_a_password_too(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []
    monkeypatch.setattr(accounts, "check_password_hash", lambda _hash, password: checked.append(password))
    assert accounts.authenticate("nobody@example.com", "guess") is None
    assert checked == ["guess"]


def test_five_wrong_passwords_lock_the_account_even_for_the_right_one(client: FlaskClient) -> None:
    user = factories.make_user("viewer", "ada@example.com")
    for _ in range(5):
        assert _try(client, user.email, "not the one") == 401
    assert _try(client, user.email, factories.PASSWORD) == 401
    factories.reload(user)
    assert user.locked_until is not None
    assert timedelta(seconds=30) < user.locked_until - clock.now() <= timedelta(minutes=1)


def test_a_lock_ends_and_a_good_log_in_forgets_the_bad_ones(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = factories.make_user("viewer", "ada@example.com")
    for _ in range(6):
        _try(client, user.email, "not the one")
    later = clock.now() + timedelta(minutes=3)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert _try(client, user.email, factories.PASSWORD) == 303
    factories.reload(user)
    assert (user.failed_logins, user.locked_until) == (0, None)


def test_wrong_passwords_while_locked_do_not_lengthen_the_lock(client: FlaskClient) -> None:
    user = factories.make_user("viewer", "ada@example.com")
    for _ in range(30):
        _try(client, user.email, "not the one")
    factories.reload(user)
    assert user.locked_until is not None
    assert user.locked_until - clock.now() <= timedelta(minutes=1)


@pytest.mark.parametrize(
    ("next_page", "goes_to"),
    [
        ("/orders?tab=error", "/orders?tab=error"),
        ("http://localhost/orders/57", "/orders/57"),
        ("https://evil.example/orders", "/orders"),
        ("//evil.example/orders", "/orders"),
        ("/\\evil.example", "/orders"),
        ("javascript:alert(1)", "/orders"),
        ("//[", "/orders"),
        ("http://[v1.x", "/orders"),
        ("", "/orders"),
    ],
)
def test_after_the_log_in_only_our_own_pages_open(client: FlaskClient, next_page: str, goes_to: str) -> None:
    factories.make_user("viewer", "ada@example.com")
    data = {"email": "ada@example.com", "password": factories.PASSWORD, "next": next_page}
    assert client.post("/login", data=data).headers["Location"] == goes_to


def test_a_page_that_asked_for_the_log_in_opens_after_it(client: FlaskClient) -> None:
    asked = client.get("/orders?tab=in-transit&q=mug")
    form = client.get(asked.headers["Location"])
    assert 'name="next" type="hidden" value="/orders?tab=in-transit&amp;q=mug"' in form.text


def test_logging_out_takes_a_post_and_ends_the_session(client: FlaskClient) -> None:
    factories.make_user("viewer", "ada@example.com")
    _try(client, "ada@example.com", factories.PASSWORD)
    assert client.get("/logout").status_code == 405
    answer = client.post("/logout")
    assert answer.headers["Clear-Site-Data"] == '"cache"'
    assert client.get("/orders").headers["Location"].startswith("/login")


def test_a_changed_password_ends_the_sessions_that_were_begun_with_the_old_one(client: FlaskClient) -> None:
    from connector.extensions import db

    user = factories.make_user("viewer", "ada@example.com")
    _try(client, user.email, factories.PASSWORD)
    row = db.session.get_one(User, user.id)
    row.set_password("another long password")
    db.session.commit()
    assert client.get("/orders").status_code == 302


def test_an_address_that_is_none_breaks_no_page_that_goes_back_to_it(client: FlaskClient) -> None:
    assert client.get("/login?next=//[").status_code == 200
    assert client.post("/language", data={"language": "de", "next": "//["}).location == "/orders"
    asked = client.get("/orders", headers={"HX-Request": "true", "HX-Request-Type": "partial", "HX-Current-URL": "//["})
    assert asked.status_code in {302, 401}


def test_an_e_mail_address_with_a_nul_is_nobodys(apps: Apps) -> None:
    """PostgreSQL takes no NUL, in a comparison either."""
    with apps.one("postgresql") as app:
        app.config["WTF_CSRF_ENABLED"] = False
        object.__setattr__(app.config["CONNECTOR"], "smtp_url", "smtp://mail.example.com:25")
        client = app.test_client()
        assert _try(client, "ada\0@example.com", "not the one") == 400
        assert client.post("/password", data={"email": "ada\0@example.com"}).status_code == 400
        with pytest.raises(Refused, match="not an e-mail address"):
            people.invite("ada\0@example.com", "viewer", "test")


def test_an_address_with_control_characters_is_nobodys(app: Flask) -> None:
    with app.test_request_context():
        assert local_path("/orders\n") == ""
        assert local_path("/\t/evil.example") == ""


def test_somebody_who_was_shut_out_is_logged_out_and_cannot_come_back(client: FlaskClient) -> None:
    from connector.extensions import db

    user = factories.make_user("viewer", "ada@example.com")
    assert _try(client, user.email, factories.PASSWORD) == 303
    db.session.get_one(User, user.id).is_active = False
    db.session.commit()
    assert client.get("/orders").status_code == 302
    assert _try(client, user.email, factories.PASSWORD) == 401


@pytest.mark.parametrize(
    ("referer", "goes_to"),
    [
        ("http://localhost/rules/new", "/login?next=/rules/new"),
        ("http://localhost/orders?tab=error", "/login?next=/orders?tab%3Derror"),
        ("https://evil.example/orders", "/login"),
        ("", "/login"),
    ],
)
def test_a_form_that_is_sent_after_the_session_leads_back_to_its_page(
    client: FlaskClient, referer: str, goes_to: str
) -> None:
    answer = client.post("/rules/new", data={"name": "R"}, headers={"Referer": referer} if referer else {})
    assert (answer.status_code, answer.location) == (302, goes_to)
