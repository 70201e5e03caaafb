"""People: invited, let in by one or two factors, their sessions ended, and what stops who guesses."""

from __future__ import annotations

import re
import smtplib
import time
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from connector import clock
from connector.blueprints.auth.views import SECOND, SECOND_LASTS
from connector.extensions import db
from connector.models import ApiToken, AuditEntry, LoginTry, User, UserSession
from connector.models import user as users
from connector.models.transaction import end_transaction, transaction
from connector.sync import logins, mail, people, tokens, two_factor
from connector.sync.asks import Refused
from tests import factories

NEW = "a new long password"


def user_of(email: str) -> User:
    user = db.session.scalars(select(User).where(User.email == email).execution_options(populate_existing=True)).one()
    end_transaction()
    return user


def log_in(client: FlaskClient, user: User, password: str = factories.PASSWORD) -> Any:
    return client.post("/login", data={"email": user.email, "password": password})


def is_in(client: FlaskClient) -> bool:
    return client.get("/orders").status_code == 200


def path_of(page: str) -> str:
    found = re.search(r"http://127\.0\.0\.1:8000(/password/[\w.-]+)", page)
    assert found is not None
    return found[1]


# -- invitations and passwords ---------------------------------------------------------------------------------------


def test_an_invited_person_sets_a_password_by_a_link_that_is_good_once(admin: FlaskClient, app: Flask) -> None:
    page = admin.post("/users/invite", data={"email": "Eve@Example.com", "role": "staff"})
    assert page.headers["Cache-Control"] == "no-store"
    link = path_of(page.text)
    guest = app.test_client()
    assert "eve@example.com" in guest.get(link).text
    assert guest.post(link, data={"password": NEW, "again": "another"}).status_code == 422
    assert guest.post(link, data={"password": NEW, "again": NEW}).status_code == 303
    assert log_in(guest, user_of("eve@example.com"), NEW).status_code == 303
    assert user_of("eve@example.com").role == "staff"
    assert guest.get(link).status_code == 400
    assert guest.post(link, data={"password": "x" * 12, "again": "x" * 12}).status_code == 400


def test_a_link_that_was_changed_or_is_old_sets_nothing(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    user = factories.make_user("viewer")
    token = urlsplit(people.password_link(user, people.INVITATION)).path.rpartition("/")[2]
    assert people.user_of_link(token) is not None
    assert people.user_of_link(token[:-2]) is None
    assert people.user_of_link("") is None
    import itsdangerous.timed

    real = itsdangerous.timed.time.time
    later = people.LASTS[people.INVITATION].total_seconds() + 5
    monkeypatch.setattr(itsdangerous.timed.time, "time", lambda: real() + later)
    assert people.user_of_link(token) is None


def test_a_reset_lasts_two_hours_and_an_invitation_seven_days(
    admin: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = factories.make_user("viewer")  # whose sessions are gone: nobody has seen them for two months
    with transaction() as session:
        session.get_one(User, user.id).created_at = clock.now() - timedelta(days=100)
    reset = token_of(admin.post(f"/users/{user.id}/link").text)
    invitation = token_of(admin.post("/users/invite", data={"email": "eve@example.com", "role": "staff"}).text)
    new = user_of("eve@example.com")
    again = token_of(admin.post(f"/users/{new.id}/link").text)  # who never came is invited once more
    asked = people.password_link(new).rpartition("/")[2]  # by themselves, by mail
    real = clock.now
    for passed, good in [
        (timedelta(hours=1, minutes=50), {reset, invitation, again, asked}),
        (timedelta(hours=2, minutes=1), {invitation, again}),
        (timedelta(days=6, hours=23), {invitation, again}),
    ]:
        monkeypatch.setattr(clock, "now", lambda passed=passed: real() + passed)
        links = {reset, invitation, again, asked}
        assert {token for token in links if people.user_of_link(token) is not None} == good


def token_of(page: str) -> str:
    return path_of(page).rpartition("/")[2]


def test_a_link_of_somebody_who_has_been_here_is_a_reset(admin: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    user = factories.make_user("viewer")
    logins.begin_session(user.id, "127.0.0.1", "")
    token = token_of(admin.post(f"/users/{user.id}/link").text)
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(hours=2, minutes=1))
    assert people.user_of_link(token) is None


def test_who_makes_a_link_and_that_a_password_was_set_by_one_is_written_down(admin: FlaskClient, app: Flask) -> None:
    (boss,) = db.session.scalars(select(User)).all()
    end_transaction()
    user = factories.make_user("viewer", "ada@example.com")
    link = path_of(admin.post(f"/users/{user.id}/link").text)
    assert app.test_client().post(link, data={"password": NEW, "again": NEW}).status_code == 303
    app.test_cli_runner().invoke(args=["users", "reset", "ada@example.com"])
    written = db.session.execute(
        select(AuditEntry.actor, AuditEntry.what).where(AuditEntry.subject == "ada@example.com").order_by(AuditEntry.id)
    )
    assert [tuple(row) for row in written] == [
        (boss.email, "password link made"),
        ("password link", "password set"),
        ("command line", "password link made"),
    ]
    end_transaction()


@pytest.mark.parametrize(
    "password", ["short", "password123", "aaaaaaaaaaaa", "weak@example.com", "Tiktokshop", "x" * 1025]
)
def test_weak_passwords_are_refused(password: str, app: Flask) -> None:
    user = factories.make_user("viewer", "weak@example.com")
    with pytest.raises(ValueError, match="password"):
        people.set_password(user.id, password, "test")


def test_more_than_three_thousand_common_passwords_are_known() -> None:
    assert len([password for password in people.common_passwords() if len(password) >= users.MINIMUM_PASSWORD]) > 3000


def test_a_new_password_ends_every_other_session_and_keeps_this_one(app: Flask, client: FlaskClient) -> None:
    user = factories.make_user("viewer")
    other = app.test_client()
    log_in(client, user)
    log_in(other, user)
    form = {"old": factories.PASSWORD, "password": NEW, "again": NEW}
    assert client.post("/account/password", data=form | {"old": "wrong"}).status_code == 303
    assert is_in(other)
    client.post("/account/password", data=form)
    assert is_in(client)
    assert not is_in(other)


def test_asking_for_a_link_gives_everybody_the_same_answer_and_mails_only_users(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    object.__setattr__(app.config["CONNECTOR"], "smtp_url", "smtp://mail.example.com:25")
    user = factories.make_user("viewer", "ada@example.com")
    woken: list[int] = []
    monkeypatch.setattr(mail.queue, "wake_mail", woken.append)
    known = client.post("/password", data={"email": " Ada@example.com"}, follow_redirects=True)
    unknown = client.post("/password", data={"email": "bob@example.com"}, follow_redirects=True)
    token = re.compile(r'name="csrf_token"[^>]*>')
    assert token.sub("", known.text) == token.sub("", unknown.text)
    assert woken == [user.id]


class Postman:
    """An SMTP server as smtplib shows it."""

    sent: list[Any] = []

    def __init__(self, host: str, port: int, **_: Any) -> None:
        self.place = (host, port)

    def __enter__(self) -> Postman:
        return self

    def __exit__(self, *_: object) -> None: ...

    def ehlo(self) -> None: ...

    def has_extn(self, name: str) -> bool:
        return False

    def login(self, user: str, password: str) -> None:
        assert (user, password) == ("me", "p@ss")

    def send_message(self, message: Any) -> None:
        self.sent.append(message)


def test_the_mail_holds_the_link_and_hostile_subjects_are_one_line(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    object.__setattr__(app.config["CONNECTOR"], "smtp_url", "smtp://me:p%40ss@mail.example.com")
    monkeypatch.setattr(smtplib, "SMTP", Postman)
    Postman.sent.clear()
    user = factories.make_user("viewer", "ada@example.com")
    mail.send_password_link(user.id)
    message = Postman.sent[0]
    assert message["To"] == "ada@example.com"
    assert path_of(message.get_content())
    mail.send(["ada@example.com"], "Order\r\nBcc: eve@example.com", "text")
    assert Postman.sent[1]["Subject"] == "Order Bcc: eve@example.com"
    assert Postman.sent[1]["Bcc"] is None


# -- roles -------------------------------------------------------------------------------------------------------------


def test_the_last_admin_stays(admin: FlaskClient, app: Flask) -> None:
    (only,) = db.session.scalars(select(User)).all()
    end_transaction()
    with pytest.raises(Refused, match="At least one admin"):
        people.change(only.id, "test", role="viewer")
    with pytest.raises(Refused, match="At least one admin"):
        people.change(only.id, "test", is_active=False)
    assert user_of(only.email).role == "admin"
    assert user_of(only.email).is_active


def test_who_is_shut_out_is_out_at_once(admin: FlaskClient, app: Flask) -> None:
    user = factories.make_user("staff")
    client = app.test_client()
    log_in(client, user)
    assert is_in(client)
    admin.post(f"/users/{user.id}", data={"is_active": "0"})
    assert not is_in(client)
    assert log_in(client, user).status_code == 401
    admin.post(f"/users/{user.id}", data={"is_active": "1"})
    assert log_in(client, user).status_code == 303


def test_an_admin_sees_locks_and_sessions_and_ends_them(admin: FlaskClient, app: Flask, session: Session) -> None:
    other = factories.make_user("staff")
    browser = app.test_client()
    form = {"email": other.email, "password": factories.PASSWORD}
    assert browser.post("/login", data=form).status_code == 303
    page = admin.get("/users").text
    assert 'href="/users"' in page  # in the navigation
    assert "Locked after wrong passwords" not in page
    admin.post(f"/users/{other.id}/end-sessions")
    assert browser.get("/orders").status_code == 302
    stranger = app.test_client()
    for _ in range(5):
        stranger.post("/login", data=form | {"password": "wrong wrong wrong"})
    assert browser.post("/login", data=form).status_code == 401
    assert "Locked after wrong passwords" in admin.get("/users").text
    admin.post(f"/users/{other.id}/unlock")
    assert browser.post("/login", data=form).status_code == 303
    whats = session.scalars(select(AuditEntry.what).where(AuditEntry.subject == other.email).order_by(AuditEntry.id))
    assert whats.all() == ["sessions ended", "unlocked"]


@pytest.mark.parametrize("role", ["viewer", "staff"])
def test_people_and_tokens_are_an_admins(role: str, request: pytest.FixtureRequest) -> None:
    client = request.getfixturevalue(role)
    assert client.get("/users").status_code == 403
    assert client.post("/users/invite", data={"email": "a@b.co", "role": "admin"}).status_code == 403
    assert client.post("/users/tokens", data={"name": "x", "scope": "orders:read"}).status_code == 403
    assert client.get("/account").status_code == 200


# -- two factors -------------------------------------------------------------------------------------------------------


def with_two_factor() -> tuple[User, str, list[str]]:
    user = factories.make_user("viewer")
    secret = two_factor.new_secret()
    codes = two_factor.begin(user.id, secret, pyotp.TOTP(secret).now(), user.email)
    with transaction() as session:
        session.get_one(User, user.id).totp_last_step = 0
    return user, secret, codes


def test_two_factor_is_switched_on_with_a_code_and_then_asked_for(client: FlaskClient) -> None:
    user = factories.make_user("viewer")
    log_in(client, user)
    assert client.post("/account/two-factor", data={"password": "wrong"}).status_code == 303
    page = client.post("/account/two-factor", data={"password": factories.PASSWORD})
    found = re.search(r'name="secret" value="(\w+)"', page.text)
    assert found is not None
    assert "data:image/svg+xml;base64," in page.text
    secret = found[1]
    wrong = client.post(
        "/account/two-factor", data={"secret": secret, "code": "000000", "password": factories.PASSWORD}
    )
    assert wrong.status_code == 422
    assert user_of(user.email).totp_secret is None
    done = client.post(
        "/account/two-factor",
        data={"secret": secret, "code": pyotp.TOTP(secret).now(), "password": factories.PASSWORD},
    )
    assert len(re.findall(r"<li>[0-9a-f]{8}-[0-9a-f]{8}</li>", done.text)) == two_factor.RECOVERY_CODES
    raw = db.session.connection().exec_driver_sql("SELECT totp_secret FROM users").scalar()
    assert secret.encode() not in bytes(raw or b"")
    end_transaction()


def test_the_password_alone_lets_nobody_in_who_has_two_factors(client: FlaskClient) -> None:
    user, secret, _ = with_two_factor()
    answer = log_in(client, user)
    assert answer.location == "/login/code"
    assert not is_in(client)
    assert client.post("/login/code", data={"code": "123456"}).status_code == 401
    assert not is_in(client)
    code = pyotp.TOTP(secret).now()
    assert client.post("/login/code", data={"code": f"{code[:3]} {code[3:]}"}).status_code == 303
    assert is_in(client)


def test_a_second_step_that_took_too_long_says_so(client: FlaskClient) -> None:
    with client.session_transaction() as session:
        session[SECOND] = [1, int(time.time()) - SECOND_LASTS - 1, "stamp"]
    answer = client.post("/login/code", data={"code": "123456"}, follow_redirects=True)
    assert "That took too long. Log in again." in answer.text


def test_a_refused_invitation_or_token_keeps_what_was_typed(admin: FlaskClient) -> None:
    answer = admin.post("/users/invite", data={"email": "jo at example", "role": "staff"})
    assert answer.status_code == 422 and 'value="jo at example"' in answer.text
    answer = admin.post("/users/tokens", data={"name": "Warehouse", "days": "365"})
    assert answer.status_code == 422 and 'value="Warehouse"' in answer.text and 'value="365" selected' in answer.text


def test_a_code_is_good_once(client: FlaskClient, app: Flask) -> None:
    user, secret, _ = with_two_factor()
    code = pyotp.TOTP(secret).now()
    assert two_factor.passes(user.id, code)
    assert not two_factor.passes(user.id, code)


def test_a_recovery_code_is_good_once_and_is_written_down(app: Flask) -> None:
    user, _, codes = with_two_factor()
    assert two_factor.passes(user.id, codes[3].upper())
    assert not two_factor.passes(user.id, codes[3])
    assert len(user_of(user.email).recovery_codes) == two_factor.RECOVERY_CODES - 1
    assert "recovery code used" in db.session.scalars(select(AuditEntry.what)).all()
    end_transaction()


def test_guessing_codes_locks_the_account(app: Flask) -> None:
    user, secret, _ = with_two_factor()
    for _ in range(5):
        assert not two_factor.passes(user.id, "000000")
    assert not two_factor.passes(user.id, pyotp.TOTP(secret).now())
    assert user_of(user.email).locked_until is not None


def test_the_password_forgives_no_wrong_codes(client: FlaskClient) -> None:
    """Who has the password and guesses codes would have endless tries, could the password end the count."""
    user, secret, _ = with_two_factor()
    for _turn in range(2):
        log_in(client, user)
        for _try in range(4):
            client.post("/login/code", data={"code": "000000"})
    assert user_of(user.email).locked_until is not None
    log_in(client, user)
    client.post("/login/code", data={"code": pyotp.TOTP(secret).now()})
    assert not is_in(client)


def test_a_right_code_forgets_wrong_passwords_and_codes(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    user, secret, codes = with_two_factor()
    for _try in range(5):
        two_factor.passes(user.id, "000000")
    later = clock.now() + timedelta(minutes=2)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert two_factor.passes(user.id, pyotp.TOTP(secret).at(later))
    forgiven = user_of(user.email)
    assert (forgiven.failed_logins, forgiven.locked_until) == (0, None)
    with transaction() as session:
        session.get_one(User, user.id).failed_logins = 4
    assert two_factor.passes(user.id, codes[0])
    assert user_of(user.email).failed_logins == 0


@pytest.mark.parametrize("path", ["/account/password", "/account/two-factor", "/account/two-factor/off"])
def test_guessing_the_password_in_somebody_elses_session_locks_the_account(client: FlaskClient, path: str) -> None:
    user, secret, _ = with_two_factor()
    with transaction() as session:
        session.get_one(User, user.id).totp_secret = None if path == "/account/two-factor" else secret
    logged_in(client, user)
    field = "old" if path == "/account/password" else "password"
    for _try in range(5):
        assert is_in(client)
        client.post(path, data={field: "not the one"})
    assert user_of(user.email).locked_until is not None
    client.post(path, data={"password": NEW, "again": NEW, field: factories.PASSWORD})
    after = user_of(user.email)
    assert after.has_password(factories.PASSWORD)
    assert (after.totp_secret is None) == (path == "/account/two-factor")
    assert is_in(client)  # what is open goes on


def logged_in(client: FlaskClient, user: User) -> None:
    """Logs somebody in, with both factors where there are two."""
    log_in(client, user)
    secret = user_of(user.email).totp_secret
    if secret:
        client.post("/login/code", data={"code": pyotp.TOTP(secret).now()})


def test_the_second_step_cannot_be_reached_without_the_first(client: FlaskClient) -> None:
    with_two_factor()
    assert client.get("/login/code").location == "/login"
    assert client.post("/login/code", data={"code": "1"}).location == "/login"


# -- sessions ----------------------------------------------------------------------------------------------------------


def test_a_session_is_listed_and_ended_from_another_browser(app: Flask, client: FlaskClient) -> None:
    user = factories.make_user("viewer")
    other = app.test_client()
    log_in(client, user)
    other.post(
        "/login",
        data={"email": user.email, "password": factories.PASSWORD},
        headers={"User-Agent": "<b>Evil</b> browser"},
    )
    page = client.get("/account").text
    assert "&lt;b&gt;Evil" in page
    row = db.session.scalars(select(UserSession).where(UserSession.browser.contains("Evil"))).one()
    end_transaction()
    client.post(f"/account/sessions/{row.id}/end")
    assert not is_in(other)
    assert is_in(client)


def test_nobody_ends_somebody_elses_session(app: Flask, client: FlaskClient) -> None:
    user, stranger = factories.make_user("viewer"), factories.make_user("viewer")
    key = logins.begin_session(stranger.id, "127.0.0.1", "")
    row = logins.session_of(key)
    assert row is not None
    log_in(client, user)
    client.post(f"/account/sessions/{row.id}/end")
    assert logins.session_of(key) is not None


def test_a_cookie_that_was_copied_before_the_log_out_lets_nobody_in(app: Flask, client: FlaskClient) -> None:
    log_in(client, factories.make_user("viewer"))
    cookie = client.get_cookie("session")
    assert cookie is not None
    client.post("/logout")
    thief = app.test_client()
    thief.set_cookie("session", cookie.value)
    assert not is_in(thief)


def test_a_session_ends_when_it_is_not_used_and_at_last_in_any_case(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_in(client, factories.make_user("viewer"))
    real = clock.now
    for days in range(1, 30):
        monkeypatch.setattr(clock, "now", lambda days=days: real() + timedelta(days=days))
        assert is_in(client)
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(days=30, minutes=1))
    assert not is_in(client)


def test_an_unused_session_ends_after_a_week(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    key = logins.begin_session(factories.make_user("viewer").id, "", "")
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(days=7, minutes=1))
    assert logins.session_of(key) is None


# -- guessing ------------------------------------------------------------------------------------------------------------


def test_one_network_cannot_try_many_accounts(client: FlaskClient, app: Flask) -> None:
    with transaction() as session:
        for _ in range(logins.TRIES):
            session.add(LoginTry(place="203.0.113.7", at=clock.now()))
    user = factories.make_user("viewer")
    data = {"email": user.email, "password": factories.PASSWORD}
    there = {"X-Forwarded-For": "203.0.113.7"}
    assert client.post("/login", data=data, headers=there).status_code == 429
    assert client.post("/login", data=data, headers={"X-Forwarded-For": "203.0.113.8"}).status_code == 303


def test_wrong_passwords_are_counted_for_their_network(client: FlaskClient) -> None:
    client.post(
        "/login", data={"email": "x@example.com", "password": "y"}, headers={"X-Forwarded-For": "2001:db8:1:2::9"}
    )
    assert db.session.scalar(select(LoginTry.place)) == "2001:db8:1:2::/64"
    end_transaction()


def test_old_tries_are_forgotten(app: Flask) -> None:
    with transaction() as session:
        session.add(LoginTry(place="x", at=clock.now() - timedelta(days=2)))
        session.add(LoginTry(place="y", at=clock.now()))
    with transaction() as session:
        logins.forget_old(session)
    assert db.session.scalars(select(LoginTry.place)).all() == ["y"]
    end_transaction()


# -- commands ------------------------------------------------------------------------------------------------------------


def test_commands_reset_and_shut_out(app: Flask) -> None:
    factories.make_user("admin", "boss@example.com")
    user = factories.make_user("viewer", "ada@example.com")
    runner = app.test_cli_runner()
    printed = runner.invoke(args=["users", "reset", "ada@example.com"])
    assert printed.exit_code == 0
    assert people.user_of_link(printed.output.strip().rpartition("/")[2]) is not None
    assert runner.invoke(args=["users", "reset", "nobody@example.com"]).exit_code == 1
    assert runner.invoke(args=["users", "shut-out", "ada@example.com"]).exit_code == 0
    assert user_of(user.email).is_active is False
    assert "ada@example.com  viewer  -  shut out" in runner.invoke(args=["users", "list"]).output


def test_the_command_makes_and_changes_people_as_the_panel_does(app: Flask, client: FlaskClient) -> None:
    def create(*args: str) -> tuple[int, str]:
        result = app.test_cli_runner().invoke(args=["users", "create", *args])
        return result.exit_code, result.output

    assert create("ada@example.com", "--password", "password123", "--role", "admin")[0] == 1
    assert create("ada", "--password", NEW)[0] == 1
    assert db.session.scalar(select(User.id)) is None
    end_transaction()
    assert create("Ada@example.com", "--password", NEW, "--role", "admin")[0] == 0
    code, said = create("ada@example.com", "--password", NEW, "--role", "viewer")
    assert (code, "At least one admin" in said) == (1, True)
    assert create("bob@example.com", "--password", NEW)[0] == 0
    log_in(client, user_of("bob@example.com"), NEW)
    app.test_cli_runner().invoke(args=["users", "shut-out", "bob@example.com"])
    assert create("bob@example.com", "--password", NEW + "!", "--role", "viewer")[0] == 0
    assert not is_in(client)
    assert log_in(client, user_of("bob@example.com"), NEW + "!").status_code == 303
    written = db.session.execute(
        select(AuditEntry.subject, AuditEntry.what, AuditEntry.before, AuditEntry.after).order_by(AuditEntry.id)
    )
    assert [tuple(row) for row in written] == [
        ("ada@example.com", "created", "", "admin"),
        ("bob@example.com", "created", "", "staff"),
        ("bob@example.com", "changed", "staff", "staff, shut out"),
        ("bob@example.com", "password and role set", "staff, shut out", "viewer"),
    ]
    end_transaction()


# -- tokens ------------------------------------------------------------------------------------------------------------


def test_a_token_is_shown_once_and_only_its_hash_is_kept(admin: FlaskClient) -> None:
    page = admin.post("/users/tokens", data={"name": "Reports", "scope": "orders:read", "days": "90"})
    found = re.search(r"tsc_[\w-]{40,}", page.text)
    assert found is not None
    assert found[0] not in admin.get("/users").text
    row = db.session.scalars(select(ApiToken)).one()
    assert found[0] not in f"{row.key_hash}{row.hint}{row.name}"
    end_transaction()
    assert tokens.find(found[0]) is not None
    admin.post(f"/users/tokens/{row.id}/end")
    assert tokens.find(found[0]) is None


def test_a_token_without_a_scope_is_not_made(admin: FlaskClient) -> None:
    admin.post("/users/tokens", data={"name": "x"})
    admin.post("/users/tokens", data={"name": "x", "scope": ["orders:read", "orders:write"]})
    assert db.session.scalar(select(func.count()).select_from(ApiToken)) == 0
    end_transaction()


def test_a_password_is_hashed_at_a_cost_that_makes_guessing_slow(
    app: Flask, real_hash_method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(users, "HASH_METHOD", real_hash_method)
    assert factories.make_user("viewer").password_hash.startswith("scrypt:32768:8:1$")
