"""Insert a row once: the unique key decides, not a SELECT before it."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session


def insert_once(session: Session, model: type[DeclarativeBase], values: Mapping[str, Any]) -> int | None:
    """Inserts a row unless one with the same unique key is there. Returns the new row's id, or None when it was there.

    Keys are the columns' names.
    """
    table = model.__table__
    assert isinstance(table, Table)  # noqa: S101
    # On the table and not the model, and made once: at each webhook, making the statement took longer than running it.
    statement = _statement(session.get_bind().dialect.name, table)
    return session.execute(statement, dict(values)).scalar()


@functools.cache
def _statement(dialect: str, table: Table) -> Any:
    return new_row(dialect, table).returning(table.c.id)


def new_row(dialect: str, table: Table) -> Any:
    """The INSERT for a database (`postgresql`, `sqlite`) that does nothing where the unique key is there already."""
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return insert(table).on_conflict_do_nothing()
