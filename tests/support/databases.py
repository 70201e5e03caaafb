"""A migrated database for each test, on SQLite and on PostgreSQL, quickly: migrated once, then copied."""

from __future__ import annotations

import shutil
from pathlib import Path

import flask_migrate

from connector import create_app
from connector.extensions import db
from tests.support.postgres import Cluster

#: Settings of an app under test. Redis is away (nobody listens on port 1): waking must not matter.
ENVIRON = {
    "SECRET_KEY": "test-secret-key-0123456789",
    "ENCRYPTION_KEY": "test-encryption-key-test-encryption-key",
    "TIKTOK_APP_KEY": "sandbox-app-key",
    "TIKTOK_APP_SECRET": "sandbox-app-secret",
    "TIKTOK_SERVICE_ID": "sandbox-service",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "PUBLIC_URL": "http://127.0.0.1:8000",
    "ALLOW_PRIVATE_STORE_URLS": "1",
    "LOG_LEVEL": "WARNING",
}


def migrate(database_url: str) -> None:
    """Brings a database to the newest migration."""
    app = create_app({**ENVIRON, "DATABASE_URL": database_url})
    with app.app_context():
        flask_migrate.upgrade()
        db.session.remove()
        if db.engine.dialect.name == "sqlite":
            with db.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        db.engine.dispose()


class Databases:
    """Gives out migrated databases of either kind."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._cluster: Cluster | None = None
        self._template = folder / "template.db"
        self._created: set[str] = set()

    def anew(self, kind: str, name: str) -> str:
        """The address of the database of that name: migrated, and empty whatever it held before."""
        if kind == "postgresql":
            cluster = self.cluster()
            if name not in self._created:
                self._created.add(name)
                return cluster.create(name, "template_connector")
            cluster.empty(name)
            return cluster.url(name)
        if not self._template.exists():
            migrate(f"sqlite:///{self._template}")
        path = self._folder / f"{name}.db"
        for leftover in self._folder.glob(f"{name}.db-*"):
            leftover.unlink()
        # Put in its place, not written over: a request of the test before, still under way, keeps the file that it has open.
        fresh = shutil.copy(self._template, path.with_suffix(".fresh"))
        fresh.replace(path)
        return f"sqlite:///{path}"

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
