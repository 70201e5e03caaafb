"""Commands say in a sentence what went wrong, whatever it was, and end with status 1."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from connector import create_app
from connector.extensions import db
from connector.models import FetchRun
from connector.models.transaction import end_transaction
from tests import factories
from tests.support.databases import ENVIRON

SHOP = (
    *("shops", "add", "--shop-id", "77", "--cipher", "ROW_x", "--access-token", "a", "--refresh-token", "r"),
    *("--expires-at", "1900000000", "--name", "Main", "--region", "US"),
)
STORE = ("stores", "add", "--name", "Main", "--url", "http://127.0.0.1:9", "--access-token", "t")


def run(app: Flask, *args: str) -> Result:
    result = app.test_cli_runner().invoke(args=args)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.mark.parametrize(
    "command",
    [
        ("users", "list"),
        ("users", "create", "a@example.com", "--password", "a long password"),
        ("orders", "list"),
        STORE,
    ],
    ids=["users list", "users create", "orders list", "stores add"],
)
@pytest.mark.parametrize("where", ["not migrated", "away"])
def test_a_database_that_is_away_or_not_migrated(command: tuple[str, ...], where: str, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}" if where == "not migrated" else "postgresql://x:secret@127.0.0.1:1/x"
    app = create_app({**ENVIRON, "DATABASE_URL": url})
    with app.app_context():
        result = run(app, *command)
        db.session.remove()
        db.engine.dispose()
    assert result.exit_code == 1
    assert "flask --app wsgi db upgrade" in result.output
    assert ("no such table" if where == "not migrated" else "refused") in result.output
    assert "secret" not in result.output


@pytest.mark.parametrize(
    ("command", "status", "says"),
    [
        ((*SHOP, "--region", "United States"), 1, "The region is a country code, such as US or GB."),
        ((*SHOP, "--region", "UNITEDSTATES"), 1, "The region is a country code, such as US or GB."),
        ((*SHOP, "--name", "x" * 201), 1, "A shop's name and cipher have at most 200 characters."),
        ((*SHOP, "--expires-at", "1" + "0" * 20), 2, "Invalid value for '--expires-at'"),
        ((*SHOP, "--refresh-expires-at", "1900000000000"), 2, "Invalid value for '--refresh-expires-at'"),
        ((*STORE, "--name", "x" * 101), 1, "A store's name has at most 100 characters."),
        ((*STORE, "--url", f"http://127.0.0.1/{'x' * 500}"), 1, "An address has at most 500 characters."),
    ],
)
def test_a_value_that_does_not_fit(work: Any, command: tuple[str, ...], status: int, says: str) -> None:
    result = run(work.app, *command)
    assert (result.exit_code, says in result.output) == (status, True), result.output


def test_an_unknown_order_is_looked_for_in_every_shop_whatever_one_says(work: Any) -> None:
    order_id = work.place()
    factories.make_shop(name="Broken")  # asked first: by their names
    found = run(work.app, "orders", "sync", order_id)
    assert (found.exit_code, '"sync_state": "synced"' in found.output) == (0, True), found.output
    unknown = run(work.app, "orders", "sync", "576461413038785999")
    assert unknown.exit_code == 1
    assert "576461413038785999 was not found. These shops did not say: Broken:" in unknown.output


@pytest.mark.either_database
@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2026-01-30", "2026-01-30T00:00:00+00:00"),
        ("2026-01-30T09:15", "2026-01-30T09:15:00+00:00"),
        ("2026-01-30T09:15:00Z", "2026-01-30T09:15:00+00:00"),
        ("2026-01-30T09:15:00.123456+00:00", "2026-01-30T09:15:00.123456+00:00"),
        ("2026-01-30T09:15:00+0100", "2026-01-30T08:15:00+00:00"),
    ],
)
def test_a_time_is_written_as_iso_8601_lets_it(work: Any, typed: str, meant: str) -> None:
    assert run(work.app, "orders", "fetch", "--since", typed).exit_code == 0
    assert db.session.scalars(select(FetchRun.since)).one().isoformat() == meant
    end_transaction()


def test_what_is_no_time_is_refused_with_what_is_one(work: Any) -> None:
    for typed in ("yesterday", "30.01.2026", "9999-12-31T23:59-10:00"):
        result = run(work.app, "orders", "fetch", "--since", typed)
        assert (result.exit_code, "is no time such as 2026-11-30" in result.output) == (2, True)
