"""One pair of sandboxes and one app for many tests, brought back to the beginning before each of them.

For long tables: a fresh pair costs more than most rows of such a table. A module says that its tests share one:
`from tests.sync.shared import database_url, work`.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert

import sandbox.magento.server
import sandbox.tiktok.server
from connector import clock, create_app
from connector.extensions import db
from connector.models import Shop, Store
from connector.models.transaction import transaction
from connector.sync import connections, stopping
from sandbox.stack import MAGENTO_TOKEN, SHOP_ID
from tests.support.databases import ENVIRON, Databases
from tests.sync.conftest import KINDS, Work

__all__ = ["World", "Worlds", "database_url", "work"]


class World:
    """Both sandboxes, a database and the app. `begin_anew` is as good as a new one, in a hundredth of the time."""

    def __init__(self, kind: str, databases: Databases, stack: ExitStack) -> None:
        url = stack.enter_context(databases.one(kind))
        self.magento: Any = sandbox.magento.server.serve(port=0)
        stack.callback(self.magento.stop)
        self.tiktok: Any = sandbox.tiktok.server.serve(port=0)
        stack.callback(self.tiktok.stop)
        self.app = create_app(
            {**ENVIRON, "DATABASE_URL": url, "TIKTOK_API_URL": self.tiktok.url, "TIKTOK_AUTH_URL": self.tiktok.url}
        )
        stack.callback(self._close)
        with self.app.app_context():
            connections.add_shop(
                shop_id=SHOP_ID,
                name="Sandbox Shop",
                region="US",
                cipher="ROW_sandbox",
                access_token="TTP_sandbox-access",
                refresh_token="TTR_sandbox-refresh",
                access_expires_at=clock.now() + timedelta(days=30),
            )
            connections.add_store(name="Sandbox Store", url=self.magento.url, access_token=MAGENTO_TOKEN)
            work = Work(self.app, self.tiktok, self.magento)
            work.sync(work.place())  # what is read of a store once is read
            self._kept = [(table, self._rows(table)) for table in (Store.__table__, Shop.__table__)]
            db.session.remove()

    def begin_anew(self) -> None:
        """Nothing sold, nothing asked, no faults; the shop and the store as they were connected. Inside the app's context."""
        self.magento.state.reset()
        self.magento.state.faults.clear()
        self.tiktok.state.reset()
        self._write(self._kept)

    def keep(self) -> Callable[[], None]:
        """Keeps everything as it is now; what is returned brings it back, as often as wanted."""
        magento = _books(self.magento.state, but={"lock", "faults", "credentials", "clock", "base_url", "calls"})
        shops = {shop.id: _books(shop, but={"ids", "_notify"}) for shop in self.tiktok.state.shops.values()}
        rows = [(table, self._rows(table)) for table in db.metadata.sorted_tables]
        db.session.remove()

        def bring_back() -> None:
            self.magento.state.faults.clear()
            self.tiktok.state.faults.clear()
            vars(self.magento.state).update(copy.deepcopy(magento))
            for shop in self.tiktok.state.shops.values():
                vars(shop).update(copy.deepcopy(shops[shop.id]))
            self._write(rows)

        return bring_back

    @staticmethod
    def _write(rows: list[tuple[Any, list[dict[str, Any]]]]) -> None:
        with transaction() as session:
            for table in reversed(db.metadata.sorted_tables):
                session.execute(delete(table))
            for table, some in rows:
                if some:
                    session.execute(insert(table), some)
        db.session.remove()

    @staticmethod
    def _rows(table: Any) -> list[dict[str, Any]]:
        return [dict(row) for row in db.session.execute(table.select()).mappings()]

    def _close(self) -> None:
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()


def _books(owner: Any, but: set[str]) -> dict[str, Any]:
    """A sandbox's books as they are, without what belongs to the server."""
    return copy.deepcopy({name: value for name, value in vars(owner).items() if name not in but})


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest) -> str:
    """Which of the two databases; the world has one of its own."""
    return str(request.param)


class Worlds(dict[str, World]):
    """A world for each kind of database, made when it is first wanted."""

    def __init__(self, databases: Databases, stack: ExitStack) -> None:
        super().__init__()
        self._databases, self._stack = databases, stack

    def __missing__(self, kind: str) -> World:
        self[kind] = World(kind, self._databases, self._stack)
        return self[kind]


@pytest.fixture
def work(database_url: str, worlds: Worlds) -> Iterator[Work]:
    """As `work` in conftest, in a world that others have used before."""
    world = worlds[database_url]
    with world.app.app_context():
        world.begin_anew()
        work = Work(world.app, world.tiktok, world.magento, keep=world.keep)
        yield work
        stopping.forget()
        db.session.remove()
        if work.books_are_checked:
            books = work.magento_books()
            assert books["arithmetic"] == []
            assert books["inconsistencies"] == []
