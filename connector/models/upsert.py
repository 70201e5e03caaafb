"""Insert a row once: the unique key decides, not a SELECT before it."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table
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


def insert_row_once(connection: Connection, model: type[DeclarativeBase], values: Mapping[str, Any]) -> int | None:
    """The same without a session (connector.models.transaction.table_transaction)."""
    table = model.__table__
    assert isinstance(table, Table)  # noqa: S101
    row_id: int | None = connection.execute(_statement(connection.dialect.name, table), values).scalar()
    return row_id


@functools.cache
def _statement(dialect: str, table: Table) -> Any:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return insert(table).on_conflict_do_nothing().returning(table.c.id)
