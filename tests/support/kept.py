"""Both sandboxes and the database as they were at a moment, to be brought back as often as wanted."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from sqlalchemy import delete, insert

from connector.extensions import db
from connector.models.transaction import transaction


def keep(tiktok: Any, magento: Any) -> Callable[[], None]:
    """Keeps everything as it is now, inside the app's context; what is returned brings it back."""
    magento_books = _books(magento.state, but={"lock", "faults", "credentials", "clock", "base_url", "calls"})
    shops = {shop.id: _books(shop, but={"ids", "_notify"}) for shop in tiktok.state.shops.values()}
    rows = [
        (table, [dict(row) for row in db.session.execute(table.select()).mappings()])
        for table in db.metadata.sorted_tables
    ]
    db.session.remove()

    def bring_back() -> None:
        magento.state.faults.clear()
        tiktok.state.faults.clear()
        vars(magento.state).update(copy.deepcopy(magento_books))
        for shop in tiktok.state.shops.values():
            vars(shop).update(copy.deepcopy(shops[shop.id]))
        with transaction() as session:
            for table, _ in reversed(rows):
                session.execute(delete(table))
            for table, some in rows:
                if some:
                    session.execute(insert(table), some)
        db.session.remove()

    return bring_back


def _books(owner: Any, but: set[str]) -> dict[str, Any]:
    """A sandbox's books, without what belongs to the server."""
    return copy.deepcopy({name: value for name, value in vars(owner).items() if name not in but})
