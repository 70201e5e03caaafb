"""The encryption key: known to be the right one before anything is written, and changed by re-encrypting every secret.

A canary, encrypted when the database was first used, tells a wrong key at the start. A wrong key destroys nothing: the start
ends, and with the right key everything is as it was. When that one is lost, a command forgets what nobody can read any more.
"""

from __future__ import annotations

from collections.abc import Iterator

from cryptography.fernet import InvalidToken, MultiFernet
from flask import Flask, current_app
from sqlalchemy import Column, Connection, Table, inspect, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from connector import clock
from connector.config import ConfigError
from connector.extensions import db
from connector.models import Shop, User
from connector.models.audit import KEYS
from connector.models.setting import Setting
from connector.models.shop import ACTIVE, DEAUTHORIZED
from connector.models.transaction import end_transaction, transaction
from connector.models.types import Encrypted, UndecryptableError
from connector.sync import audit

CANARY = "key_canary"
SAYS = "the canary sings"
#: Stands where a secret has to be. The other side refuses it, so what is missing is told as for any token that has ended.
FORGOTTEN = "forgotten"
#: Encrypted texts outside of `Encrypted` columns: settings whose names begin so.
SEALED_SETTINGS = ("pending_authorization:",)

WRONG_KEY = (
    "The connector cannot start.\n"
    "- ENCRYPTION_KEY is not the key with which this database was written. Nothing was changed. Set the key that was used"
    " before; to change it, put the new key in front of the old one (new,old), restart, and run:"
    " flask --app wsgi keys rotate. When the old key is lost for good: flask --app wsgi keys forget"
)


def check(app: Flask) -> None:
    """Raises ConfigError when the database was written with a key that ENCRYPTION_KEY does not name.

    A database that has no tables yet, or cannot be reached now, is not looked at; /readyz tells of the latter.
    """
    with app.app_context():
        try:
            if not inspect(db.engine).has_table(Setting.__tablename__):
                return
            known = db.session.get(Setting, CANARY)
            end_transaction()
            if known is not None:
                _decrypt(known.value.encode())
            else:
                _read_one_secret()
                _write_canary()
        except (InvalidToken, UndecryptableError):
            raise ConfigError(WRONG_KEY) from None
        except SQLAlchemyError as error:
            app.logger.warning("the encryption key could not be checked: %s", type(error).__name__)
        finally:
            db.session.remove()
            db.engine.dispose()  # gunicorn and worker.py fork after this: no process may share a connection


def rotate() -> int:
    """Encrypts every secret anew with the first key of ENCRYPTION_KEY, in one transaction. Returns how many.

    Raises UndecryptableError, and changes nothing, when one was written with a key that is not named.
    """
    keyring: MultiFernet = current_app.extensions["keyring"]
    count = 0
    try:
        with transaction() as session:
            connection = session.connection()
            # A secret that is written meanwhile, such as a token that was renewed, must not be undone with what was read
            # before it. (SQLite lets one write at a time anyhow.)
            locked = " FOR UPDATE" if connection.dialect.name == "postgresql" else ""
            for table, column in _encrypted_columns():
                for row_id, value in _stored(connection, table, column, locked):
                    keyring_value = keyring.decrypt(value).decode()
                    connection.execute(update(table).where(table.c.id == row_id).values({column.name: keyring_value}))
                    count += 1
            for setting in session.scalars(select(Setting).with_for_update()):
                if setting.name == CANARY or setting.name.startswith(SEALED_SETTINGS):
                    setting.value = keyring.rotate(setting.value.encode()).decode()
                    count += 1
    except InvalidToken:
        raise UndecryptableError(
            "A secret in the database was written with a key that ENCRYPTION_KEY does not name. Nothing was changed."
        ) from None
    return count


def forget(actor: str) -> dict[str, int]:
    """Takes out every secret that no key of ENCRYPTION_KEY reads, so that the app starts; what it reads stays as it is.

    Shops without tokens count as deauthorized, stores wait for new credentials, and people log in by their password alone.
    Returns how many rows of each table were touched.
    """
    lost: dict[str, set[int]] = {}
    with transaction() as session:
        connection = session.connection()
        for table, column in _encrypted_columns():
            for row_id, value in _stored(connection, table, column):
                if not _is_readable(value):
                    lost.setdefault(table.name, set()).add(row_id)
        for table, column in _encrypted_columns():  # all of a row: one part of its credentials is of no use
            gone = update(table).where(table.c.id.in_(lost.get(table.name, ())))
            connection.execute(gone.values({column.name: None if column.nullable else FORGOTTEN}))
        active = (Shop.id.in_(lost.get("shops", ()))) & (Shop.state == ACTIVE)
        session.execute(update(Shop).where(active).values(state=DEAUTHORIZED, deauthorized_at=clock.now()))
        session.execute(update(User).where(User.id.in_(lost.get("users", ()))).values(recovery_codes=[]))
        counts = {name: len(rows) for name, rows in lost.items()}
        for setting in session.scalars(select(Setting)):
            is_sealed = setting.name == CANARY or setting.name.startswith(SEALED_SETTINGS)
            if not is_sealed or _is_readable(setting.value.encode()):
                continue
            counts[Setting.__tablename__] = counts.get(Setting.__tablename__, 0) + 1
            if setting.name == CANARY:
                setting.value = _canary()
            else:
                session.delete(setting)
        if counts:
            what = ", ".join(f"{count} {name}" for name, count in counts.items())
            audit.note(session, actor, KEYS, "keys forgotten", before=what)
    return counts


def _is_readable(value: bytes) -> bool:
    try:
        _decrypt(value)
    except InvalidToken:
        return False
    return True


def _stored(connection: Connection, table: Table, column: Column[str], end: str = "") -> Iterator[tuple[int, bytes]]:
    """A column's stored bytes by their rows' ids, not the decrypted texts that its type would give."""
    raw = f"SELECT id, {column.name} FROM {table.name} WHERE {column.name} IS NOT NULL ORDER BY id"  # noqa: S608
    for row_id, value in connection.exec_driver_sql(raw + end).all():
        yield row_id, bytes(value)


def _encrypted_columns() -> Iterator[tuple[Table, Column[str]]]:
    for table in db.metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, Encrypted):
                yield table, column


def _read_one_secret() -> None:
    """A database from before there was a canary: its secrets tell as well."""
    for table, column in _encrypted_columns():
        db.session.execute(select(column).select_from(table).where(column.is_not(None)).limit(1)).all()
    end_transaction()


def _canary() -> str:
    sealed: bytes = current_app.extensions["keyring"].encrypt(SAYS.encode())
    return sealed.decode()


def _write_canary() -> None:
    try:
        with transaction() as session:
            session.add(Setting(name=CANARY, value=_canary()))
    except IntegrityError:
        pass  # another process that starts at the same time has written it


def _decrypt(value: bytes) -> None:
    current_app.extensions["keyring"].decrypt(value)
