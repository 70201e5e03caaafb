"""The app and both sandboxes, put together once for many tests; each test finds them as new."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

import sandbox.magento.server
import sandbox.tiktok.server
from connector import clock, create_app
from connector.extensions import db
from connector.sync import shops, stores
from sandbox.stack import MAGENTO_TOKEN, SHOP_ID
from tests.support.databases import ENVIRON, Databases


class Browser(FlaskClient):
    """A client whose every request has an app context of its own, as in a server: `g` and the session are not the test's."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        with self.application.app_context():
            return super().open(*args, **kwargs)


class Apps:
    """Lends apps to tests, each on an empty database.

    Putting together an app, its templates and its SQL takes many times longer than most tests: an app of the same
    settings is lent again, with its configuration as it was.
    """

    def __init__(self, databases: Databases) -> None:
        self._databases = databases
        self._made: dict[tuple[str, ...], Flask] = {}

    @contextmanager
    def one(self, kind: str, **settings: str) -> Iterator[Flask]:
        """An app on a database of that kind (sqlite, postgresql), inside an app context; `settings` besides ENVIRON."""
        key = (kind, *(f"{name}={value}" for name, value in sorted(settings.items())))
        url = self._databases.anew(kind, f"app_{zlib.crc32(repr(key).encode()):08x}")
        if key not in self._made:
            self._made[key] = create_app({**ENVIRON, "DATABASE_URL": url, **settings})
            self._made[key].test_client_class = Browser
            self._made[key].config["TESTING"] = True
        app = self._made[key]
        kept = [(holder, dict(holder)) for holder in (app.config, vars(app.config["CONNECTOR"]), app.extensions)]
        with app.app_context():
            yield app
            db.session.remove()
            if kind == "sqlite":  # the next test's database is another file
                db.engine.dispose()
        for holder, content in kept:
            holder.clear()
            holder.update(content)


class Sandboxes:
    """A TikTok Shop and a Magento in this process, on addresses that stay; each test gets them as new."""

    def __init__(self) -> None:
        self._tiktok = sandbox.tiktok.server.serve(port=0)
        self._magento = sandbox.magento.server.serve(port=0)

    def tiktok(self, **changes: Any) -> sandbox.tiktok.server.Server:
        """The TikTok Shop; `changes` are fields of its Config."""
        self._tiktok.renew(**changes)
        return self._tiktok

    def magento(self) -> sandbox.magento.server.Server:
        self._magento.renew()
        return self._magento

    def close(self) -> None:
        self._tiktok.stop()
        self._magento.stop()


def connect(magento_url: str) -> None:
    """Connects the sandbox shop and the sandbox store, as the commands do, inside an app context."""
    shops.add_shop(
        shop_id=SHOP_ID,
        name="Sandbox Shop",
        region="US",
        cipher="ROW_sandbox",
        access_token="TTP_sandbox-access",
        refresh_token="TTR_sandbox-refresh",
        access_expires_at=clock.now(),
    )
    stores.add_store(name="Sandbox Store", url=magento_url, access_token=MAGENTO_TOKEN, overwrites=True)
