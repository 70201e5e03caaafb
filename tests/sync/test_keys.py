"""A wrong encryption key stops the start and destroys nothing; a new key takes the old one's place by a command."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import select, text

from connector import create_app
from connector.config import ConfigError
from connector.extensions import db
from connector.models import AuditEntry, Setting, Shop, Store, User
from connector.models.shop import DEAUTHORIZED, DISCONNECTED
from connector.models.transaction import end_transaction, transaction
from connector.models.types import UndecryptableError
from connector.sync import keys, stores
from sandbox.stack import ROOT, wait_for
from tests import factories
from tests.support.apps import Apps
from tests.support.databases import ENVIRON

OLD = ENVIRON["ENCRYPTION_KEY"]
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
NEW = "another-encryption-key-of-the-tests-32"


@pytest.fixture
def database(tmp_path: Path) -> dict[str, str]:
    """A database that was used with the old key."""
    settings = ENVIRON | {"DATABASE_URL": f"sqlite:///{tmp_path / 'test.db'}"}
    app = create_app(settings)
    with app.app_context():
        upgrade()
    app = create_app(settings)  # the start after the migration
    with app.app_context():
        factories.make_shop(access_token="secret-access", refresh_token="secret-refresh")
        _close()
    return settings


def _close() -> None:
    db.session.remove()
    db.engine.dispose()


def start(database: dict[str, str], key: str) -> Flask:
    return create_app(database | {"ENCRYPTION_KEY": key})


def tokens(app: Flask) -> tuple[str, str]:
    return tokens_of(app, None)


def tokens_of(app: Flask, shop_id: int | None) -> tuple[str, str]:
    with app.app_context():
        shop = db.session.get_one(Shop, shop_id) if shop_id else db.session.scalars(select(Shop)).one()
        _close()
        return shop.access_token, shop.refresh_token


def test_a_wrong_key_stops_the_start_and_the_right_one_finds_everything(database: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="ENCRYPTION_KEY is not the key with which this database was written"):
        start(database, NEW)
    assert tokens(start(database, OLD)) == ("secret-access", "secret-refresh")


def test_a_wrong_key_is_noticed_in_a_database_from_before_there_was_a_canary(database: dict[str, str]) -> None:
    app = start(database, OLD)
    with app.app_context():
        with transaction() as session:
            session.delete(session.get_one(Setting, keys.CANARY))
        _close()
    with pytest.raises(ConfigError, match="ENCRYPTION_KEY"):
        start(database, NEW)
    start(database, OLD)
    with app.app_context():
        assert db.session.get(Setting, keys.CANARY) is not None
        _close()


def test_a_database_without_tables_does_not_stop_the_start(tmp_path: Path) -> None:
    create_app(ENVIRON | {"DATABASE_URL": f"sqlite:///{tmp_path / 'empty.db'}"})


def test_after_a_rotation_the_new_key_alone_reads_everything(database: dict[str, str]) -> None:
    app = start(database, f"{NEW},{OLD}")
    result = app.test_cli_runner().invoke(args=["keys", "rotate"])
    assert result.exit_code == 0, result.output
    assert result.output.startswith("3 secrets")  # two tokens and the canary
    with app.app_context():
        _close()
    assert tokens(start(database, NEW)) == ("secret-access", "secret-refresh")
    with pytest.raises(ConfigError):
        start(database, OLD)


def test_a_rotation_that_meets_an_unknown_key_changes_nothing(database: dict[str, str]) -> None:
    app = start(database, OLD)
    with app.app_context():
        with transaction() as session:
            session.connection().exec_driver_sql("UPDATE shops SET refresh_token = X'00'")
        before = db.session.connection().exec_driver_sql("SELECT access_token FROM shops").scalar()
        db.session.commit()
        with pytest.raises(UndecryptableError, match="Nothing was changed"):
            keys.rotate()
        assert db.session.connection().exec_driver_sql("SELECT access_token FROM shops").scalar() == before
        _close()


def test_who_has_lost_the_key_starts_with_another_one_by_a_command(database: dict[str, str], magento: Any) -> None:
    app = start(database, OLD)
    with app.app_context():
        shop_id = db.session.scalar(select(Shop.id))
        given_up = factories.make_shop(state=DISCONNECTED).id
        store_id = factories.make_store(
            url=magento.url, consumer_key="k", consumer_secret="s", access_token_secret="t"
        ).id
        user_id = factories.make_user("admin").id
        with transaction() as session:
            user = session.get_one(User, user_id)
            user.totp_secret, user.recovery_codes = "JBSWY3DPEHPK3PXP", ["hash"]
            session.add(
                Setting(name="pending_authorization:x", value=app.extensions["keyring"].encrypt(b"{}").decode())
            )
        _close()
    with pytest.raises(ConfigError, match="flask --app wsgi keys forget"):
        start(database, NEW)
    asked = create_app(database | {"ENCRYPTION_KEY": NEW}, with_any_key=True).test_cli_runner()
    assert asked.invoke(args=["keys", "forget"], input="n\n").exit_code == 1
    assert tokens_of(start(database, OLD), shop_id) == ("secret-access", "secret-refresh")
    done = subprocess.run(  # as it is typed: no other command starts with this key
        [sys.executable, "-m", "flask", "--app", "wsgi", "keys", "forget", "--yes"],
        cwd=ROOT,
        env=os.environ | database | {"ENCRYPTION_KEY": NEW},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "the tokens of 2 shops, the credentials of 1 stores, the second factor of 1 people" in done.stdout
    app = start(database, NEW)
    assert tokens_of(app, shop_id) == (keys.FORGOTTEN, keys.FORGOTTEN)
    with app.app_context():
        shop, store = db.session.get_one(Shop, shop_id), db.session.get_one(Store, store_id)
        assert (shop.state, db.session.get_one(Shop, given_up).state) == (DEAUTHORIZED, DISCONNECTED)
        assert shop.deauthorized_at is not None
        assert [store.consumer_key, store.consumer_secret, store.access_token_secret] == [None] * 3
        user = db.session.get_one(User, user_id)
        assert (user.totp_secret, user.recovery_codes) == (None, [])
        assert db.session.scalars(select(Setting.name)).all() == [keys.CANARY]
        written = db.session.execute(select(AuditEntry.actor, AuditEntry.what, AuditEntry.before)).one()
        assert written[:2] == ("command line", "keys forgotten")
        assert "2 shops" in written.before
        end_transaction()
        found = {check.name: check for check in stores.check_store(store_id)}
        assert "the access token is wrong" in found["Credentials"].message  # as with any other that has ended
        _close()


@pytest.mark.parametrize("key", [OLD, f"{NEW},{OLD}"])
def test_what_the_key_reads_is_not_forgotten(database: dict[str, str], key: str) -> None:
    app = start(database, key)
    result = app.test_cli_runner().invoke(args=["keys", "forget", "--yes"])
    assert (result.exit_code, "Nothing was forgotten" in result.output) == (0, True)
    assert tokens(start(database, OLD)) == ("secret-access", "secret-refresh")
    with app.app_context():
        assert db.session.scalar(select(AuditEntry.id)) is None
        _close()


def test_a_token_that_is_renewed_during_a_rotation_stays(apps: Apps) -> None:
    with apps.one("postgresql") as app:
        shop_id = factories.make_shop(refresh_token="old").id
        db.session.remove()

        def rotate() -> None:
            with app.app_context():
                keys.rotate()

        rotating = threading.Thread(target=rotate)
        with transaction() as session:  # as gateways keeps tokens
            row = session.get_one(Shop, shop_id, with_for_update={"of": Shop}, populate_existing=True)
            row.refresh_token = "new"
            session.flush()
            rotating.start()
            with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as onlooker:
                wait_for("the rotation to meet the row", lambda: onlooker.scalar(text(WAITING)))
        rotating.join(20)
        assert not rotating.is_alive()
        assert db.session.get_one(Shop, shop_id, populate_existing=True).refresh_token == "new"
