"""A wrong encryption key stops the start and destroys nothing; a new key takes the old one's place by a command."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import select, text

from connector import create_app
from connector.config import ConfigError
from connector.extensions import db
from connector.models import Setting, Shop
from connector.models.transaction import transaction
from connector.models.types import UndecryptableError
from connector.sync import keys
from sandbox.stack import wait_for
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
    with app.app_context():
        shop = db.session.scalars(select(Shop)).one()
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
