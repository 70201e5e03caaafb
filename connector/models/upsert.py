"""Insert a row once: the unique key decides, not a SELECT before it."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from sqlalchemy import CursorResult, Table, update
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


def add_to(session: Session, model: type[DeclarativeBase], key: Mapping[str, Any], sums: Mapping[str, float]) -> None:
    """Adds to the numbers of the row with that unique key, which is made where it is not there.

    It mostly is there, and an INSERT takes a number of a row also where it inserts nothing: every few seconds, from each
    process, PostgreSQL's 2,147,483,647 last for less than a year.
    """
    columns = {name: getattr(model, name) + by for name, by in sums.items()}
    more = update(model).filter_by(**key).values(columns).execution_options(synchronize_session=False)
    added = session.execute(more)
    assert isinstance(added, CursorResult)  # noqa: S101
    if not added.rowcount and insert_once(session, model, {**key, **sums}) is None:
        session.execute(more)  # somebody else made it meanwhile


@functools.cache
def _statement(dialect: str, table: Table) -> Any:
    return new_row(dialect, table).returning(table.c.id)


def new_row(dialect: str, table: Table) -> Any:
    """The INSERT for a database (`postgresql`, `sqlite`) that does nothing where the unique key is there already."""
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return insert(table).on_conflict_do_nothing()
