"""What all tests share: an app on a migrated database of its own, and people who are logged in."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from sqlalchemy.orm import Session

from connector import create_app
from connector.extensions import db
from tests import factories
from tests.support.databases import Databases

SETTINGS = {
    "SECRET_KEY": "a-secret-key-for-the-tests",
    "ENCRYPTION_KEY": "an-encryption-key-for-the-tests-32",
    "TIKTOK_APP_KEY": "test-app-key",
    "TIKTOK_APP_SECRET": "test-app-secret",
    "TIKTOK_SERVICE_ID": "test-service",
    "REDIS_URL": "redis://127.0.0.1:1/0",  # nobody listens there: a test that needs a queue says so
    "PUBLIC_URL": "http://127.0.0.1:8000",
    "ALLOW_PRIVATE_STORE_URLS": "1",
    "LOG_LEVEL": "WARNING",
}


class Browser(FlaskClient):
    """A client whose every request has an app context of its own, as in a server: `g` and the session are not the test's."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        with self.application.app_context():
            return super().open(*args, **kwargs)


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """Migrated databases on SQLite and PostgreSQL, for tests that run on both."""
    found = Databases(tmp_path_factory.mktemp("databases"))
    yield found
    found.close()


@pytest.fixture(scope="session")
def migrated_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables, made by the migrations once; each test copies it."""
    path = tmp_path_factory.mktemp("database") / "migrated.db"
    app = create_app(SETTINGS | {"DATABASE_URL": f"sqlite:///{path}"})
    with app.app_context():
        upgrade()
        db.session.remove()
        with db.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        db.engine.dispose()
    return path


@pytest.fixture
def app(migrated_database: Path, tmp_path: Path) -> Iterator[Flask]:
    """The app on a database of its own, inside an app context."""
    path = tmp_path / "test.db"
    shutil.copy(migrated_database, path)
    app = create_app(SETTINGS | {"DATABASE_URL": f"sqlite:///{path}"})
    app.config["TESTING"] = True
    app.test_client_class = Browser
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def session(app: Flask) -> Session:
    return db.session()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Nobody: not logged in. Forms need no CSRF token (a test of its own checks that they do)."""
    app.config["WTF_CSRF_ENABLED"] = False
    return app.test_client()


@pytest.fixture
def log_in(app: Flask) -> Callable[[str], FlaskClient]:
    """Makes a person of a role and returns a client on which that person is logged in."""

    def logged_in(role: str) -> FlaskClient:
        app.config["WTF_CSRF_ENABLED"] = False
        user = factories.make_user(role)
        client = app.test_client()
        answer = client.post("/login", data={"email": user.email, "password": factories.PASSWORD})
        assert answer.status_code == 303
        return client

    return logged_in


@pytest.fixture
def staff(log_in: Callable[[str], FlaskClient]) -> FlaskClient:
    return log_in("staff")


@pytest.fixture
def viewer(log_in: Callable[[str], FlaskClient]) -> FlaskClient:
    return log_in("viewer")


@pytest.fixture
def admin(log_in: Callable[[str], FlaskClient]) -> FlaskClient:
    return log_in("admin")
