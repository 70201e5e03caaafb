"""A migrated database for each test, on SQLite and on PostgreSQL, quickly: migrated once, then copied."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import flask_migrate

from connector import create_app
from tests.support.postgres import Cluster

#: Settings of an app under test. Redis is away (nobody listens on port 1): waking must not matter.
ENVIRON = {
    "SECRET_KEY": "test-secret-key-0123456789",
    "ENCRYPTION_KEY": "test-encryption-key-test-encryption-key",
    "TIKTOK_APP_KEY": "sandbox-app-key",
    "TIKTOK_APP_SECRET": "sandbox-app-secret",
    "TIKTOK_SERVICE_ID": "sandbox-service",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "ALLOW_PRIVATE_STORE_URLS": "1",
    "LOG_LEVEL": "WARNING",
}


def migrate(database_url: str) -> None:
    """Brings a database to the newest migration."""
    app = create_app({**ENVIRON, "DATABASE_URL": database_url})
    with app.app_context():
        flask_migrate.upgrade()
        app.extensions["sqlalchemy"].engine.dispose()


class Databases:
    """Gives out migrated databases of either kind."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._cluster: Cluster | None = None
        self._template = folder / "template.db"

    @contextmanager
    def one(self, kind: str) -> Iterator[str]:
        """The address of a migrated database, gone at the end."""
        name = f"test_{uuid.uuid4().hex[:12]}"
        if kind == "sqlite":
            if not self._template.exists():
                migrate(f"sqlite:///{self._template}")
            path = self._folder / f"{name}.db"
            shutil.copy(self._template, path)
            yield f"sqlite:///{path}"
            return
        cluster = self.cluster()
        cluster.create(name, "template_connector")
        yield cluster.url(name)
        cluster.drop(name)

    def cluster(self) -> Cluster:
        """The tests' own PostgreSQL, started when first wanted."""
        if self._cluster is None:
            self._cluster = Cluster()
            self._cluster.start()
            migrate(self._cluster.create("template_connector"))
        return self._cluster

    def close(self) -> None:
        if self._cluster is not None:
            self._cluster.remove()
