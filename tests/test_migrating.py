"""The database is migrated while the processes of the version before work on (docs/operations.md)."""

from __future__ import annotations

import sqlite3
import threading
from datetime import timedelta
from pathlib import Path

import flask_migrate
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError

from connector import clock, create_app
from connector.extensions import db
from connector.models import Order
from connector.models.order import NO_DEADLINE
from tests import factories
from tests.support.databases import ENVIRON, Databases, migrate


def test_a_migration_of_sqlite_waits_for_who_writes_just_then(tmp_path: Path) -> None:
    """One that had read before that, and wrote after it, would be refused: its view of the database was an old one."""
    url = f"sqlite:///{tmp_path / 'connector.db'}"
    migrate(url)
    app = create_app({**ENVIRON, "DATABASE_URL": url})
    errors: list[BaseException] = []

    def one_back() -> None:
        try:
            with app.app_context():
                flask_migrate.downgrade()
        except BaseException as error:  # flask_migrate ends the process on an error
            errors.append(error)

    writer = sqlite3.connect(tmp_path / "connector.db", isolation_level=None)
    newest = writer.execute("SELECT version_num FROM alembic_version").fetchone()
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("INSERT INTO settings (name, value) VALUES ('a', '1')")
    migration = threading.Thread(target=one_back)
    migration.start()
    migration.join(1.5)
    assert migration.is_alive(), "it waits"
    writer.execute("COMMIT")
    migration.join()
    assert not errors
    assert writer.execute("SELECT version_num FROM alembic_version").fetchone() < newest
    writer.close()


def test_each_migration_has_a_transaction_of_its_own(databases: Databases) -> None:
    """In one for all, the locks of each would add up: readers of one table would wait for what is done to another."""
    app = create_app({**ENVIRON, "DATABASE_URL": databases.cluster().create("one_by_one", "template_connector")})
    with app.app_context():
        flask_migrate.downgrade(revision="0032")
        with db.engine.begin() as connection:
            # What 0034 makes is in its way.
            connection.execute(text("CREATE INDEX ix_orders_not_blanked ON orders (id)"))
        with pytest.raises(ProgrammingError):
            flask_migrate.upgrade()
        with db.engine.connect() as connection:
            assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "0033"
            assert connection.scalar(text("SELECT to_regclass('ix_timeline_errors')")) is not None
        db.session.remove()
        db.engine.dispose()
    databases.cluster().drop("one_by_one")


def test_a_rollback_of_the_code_finds_a_newer_database_and_leaves_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The release command runs on rollbacks, too: it must not fail for what this version can live with."""
    url = f"sqlite:///{tmp_path / 'connector.db'}"
    migrate(url)
    database = sqlite3.connect(tmp_path / "connector.db", isolation_level=None)
    (known,) = database.execute("SELECT version_num FROM alembic_version").fetchone()
    database.execute("UPDATE alembic_version SET version_num = '9035'")
    with create_app({**ENVIRON, "DATABASE_URL": url}).app_context():
        flask_migrate.upgrade()
        assert f"The database is at 9035, newer than {known}" in capsys.readouterr().err
        for revision in ("-1", "0033"):  # what it would take back is not known here
            with pytest.raises(SystemExit):
                flask_migrate.downgrade(revision=revision)
        db.engine.dispose()
    assert database.execute("SELECT version_num FROM alembic_version").fetchall() == [("9035",)]
    database.execute("UPDATE alembic_version SET version_num = 'other'")
    with create_app({**ENVIRON, "DATABASE_URL": url}).app_context():
        with pytest.raises(SystemExit):  # nobody's migration, which says nothing of being newer
            flask_migrate.upgrade()
        db.engine.dispose()
    database.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_what_tiktok_delivers_loses_the_deadline_that_it_had(kind: str, databases: Databases, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'connector.db'}"
    if kind == "postgresql":
        url = databases.cluster().create("deadlines", "template_connector")
    else:
        migrate(url)
    soon = clock.now() + timedelta(hours=1)
    with create_app({**ENVIRON, "DATABASE_URL": url}).app_context():
        shop = factories.make_shop()
        kinds = {
            "1": {"fulfillment_type": "FULFILLMENT_BY_SELLER"},
            "2": {"fulfillment_type": "FULFILLMENT_BY_DILAYANI_TOKOPEDIA"},
            "3": {"fulfillment_type": "FULFILLMENT_BY_SELLER", "shipping_type": "TIKTOK_DIGITAL"},
        }
        for number, values in kinds.items():
            factories.make_order(shop, id=number, row={"ship_due": soon, "cancel_due": soon}, **values)
        db.session.remove()
        flask_migrate.downgrade(revision="0036")
        flask_migrate.upgrade()
        rows = db.session.execute(select(Order.tiktok_order_id, Order.ship_due, Order.cancel_due)).all()
        db.session.remove()
        db.engine.dispose()
    assert {number: (ship, cancel) for number, ship, cancel in rows} == {
        "1": (soon, soon),
        "2": (NO_DEADLINE, NO_DEADLINE),
        "3": (NO_DEADLINE, NO_DEADLINE),
    }
    if kind == "postgresql":
        databases.cluster().drop("deadlines")
