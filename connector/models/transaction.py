"""One short write transaction at a time, on SQLite and PostgreSQL alike.

SQLite lets one process write: a transaction that begins as a reader and then writes can fail at once with "database is
locked", however long the busy time-out. So a writing transaction says so at its start (BEGIN IMMEDIATE) and waits there.
The threads of one process wait for each other before that: SQLite would sleep between its tries, up to 100 ms each time.
"""

from __future__ import annotations

import functools
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import ORMExecuteState, Session

from connector.extensions import db

WRITES = "connector_writes"


@contextmanager
def transaction() -> Iterator[Session]:
    """A writing transaction: committed at the end, rolled back on an exception. Must not be nested or follow an open read."""
    end_transaction()
    session: Session = db.session()
    with _turn(db.engine):
        session.connection(execution_options={WRITES: True})
        try:
            yield session
            session.commit()
        except BaseException:
            session.rollback()
            raise


@contextmanager
def table_transaction() -> Iterator[Connection]:
    """The same without the session, for statements on tables: what the session does for each takes longer than the database.

    Rows that the session holds do not learn of what is written here.
    """
    end_transaction()
    with _turn(db.engine), _writing(db.engine).begin() as connection:
        yield connection


@functools.lru_cache(maxsize=16)
def _writing(engine: Engine) -> Engine:
    return engine.execution_options(**{WRITES: True})


@functools.lru_cache(maxsize=16)
def _turn(engine: Engine) -> AbstractContextManager[object]:
    """What one thread of this process holds at a time while it writes."""
    return threading.Lock() if engine.dialect.name == "sqlite" else nullcontext()


def check_writable(engine: Engine) -> None:
    """Raises SQLAlchemyError when nothing can be written: a full disk or a read-only file (SQLite), a replica (PostgreSQL).

    Waits for nobody: while somebody else writes to SQLite, it can be written to.
    """
    with engine.connect() as connection:
        if engine.dialect.name != "sqlite":
            if connection.scalar(text("SHOW transaction_read_only")) == "on":
                raise OperationalError("SHOW transaction_read_only", None, Exception("the server is read-only"))
            return
    raw = engine.raw_connection()
    try:
        cursor = raw.cursor()
        cursor.execute("PRAGMA busy_timeout=0")
        # More than a page, so that it needs room; gone again in the same transaction.
        cursor.execute("BEGIN IMMEDIATE")
        cursor.execute("INSERT INTO settings (name, value) VALUES ('ready', zeroblob(8192))")
        cursor.execute("DELETE FROM settings WHERE name = 'ready'")
        cursor.execute("COMMIT")
    except sqlite3.Error as error:
        raw.rollback()
        if error.sqlite_errorcode not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise OperationalError("BEGIN IMMEDIATE", None, error) from error
    finally:
        raw.cursor().execute("PRAGMA busy_timeout=30000")
        raw.close()


def end_transaction() -> None:
    """Ends a reading transaction that is open, keeping what was read. Refuses when something was left unwritten."""
    if not db.session.registry.has():
        return  # nothing was read, and a session need not be made for it
    session: Session = db.session()
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("a row was changed outside of transaction()")
    if session.in_transaction():
        # commit, not rollback: a rollback would expire the rows that the caller holds.
        session.commit()


@event.listens_for(db.session, "do_orm_execute")
def _read_locked_rows(state: ORMExecuteState) -> None:
    """A row that is locked is read, also when the session has it from before: what it said then is not to be written on."""
    if state.is_select and getattr(state.statement, "_for_update_arg", None) is not None:
        state.update_execution_options(populate_existing=True)


def give_up_soon(session: Session) -> None:
    """In this transaction on PostgreSQL, a row that somebody else holds is waited for 2 s; then OperationalError is raised.

    For what may be written later or not at all: it must not keep a worker from its orders.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET LOCAL lock_timeout = '2s'"))


def configure_postgresql(engine: Engine) -> None:
    """A transaction whose process says nothing for 30 s is ended by the server, and its locks with it.

    Its machine may have vanished without a word (power, network): PostgreSQL itself would wait up to two hours for it.
    """

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        # Not by `options` in the address: PgBouncer refuses a connection with them.
        connection.autocommit = True
        connection.execute("SET idle_in_transaction_session_timeout = '30s'")
        connection.autocommit = False


def configure_sqlite(engine: Engine) -> None:
    """WAL, a busy time-out, foreign keys, and explicit BEGINs for a SQLite engine."""

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # pysqlite must not begin transactions by itself
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA busy_timeout=30000")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        begin = "BEGIN IMMEDIATE" if connection.get_execution_options().get(WRITES) else "BEGIN"
        try:
            # Past SQLAlchemy, to which it is a statement like any other: that took as long as an insert.
            connection.connection.driver_connection.execute(begin)  # type: ignore[union-attr]
        except sqlite3.Error as error:
            raise OperationalError(begin, None, error) from error
