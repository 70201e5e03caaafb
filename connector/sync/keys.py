"""The encryption key: known to be the right one before anything is written, and changed by re-encrypting every secret.

A canary, encrypted when the database was first used, tells a wrong key at the start. A wrong key destroys nothing: the start
ends, and with the right key everything is as it was.
"""

from __future__ import annotations

from collections.abc import Iterator

from cryptography.fernet import InvalidToken, MultiFernet
from flask import Flask, current_app
from sqlalchemy import Column, Table, inspect, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from connector.config import ConfigError
from connector.extensions import db
from connector.models.setting import Setting
from connector.models.transaction import end_transaction, transaction
from connector.models.types import Encrypted, UndecryptableError

CANARY = "key_canary"
SAYS = "the canary sings"
#: Encrypted texts outside of `Encrypted` columns: settings whose names begin so.
SEALED_SETTINGS = ("pending_authorization:",)

WRONG_KEY = (
    "The connector cannot start.\n"
    "- ENCRYPTION_KEY is not the key with which this database was written. Nothing was changed. Set the key that was used"
    " before; to change it, put the new key in front of the old one (new,old), restart, and run:"
    " flask --app wsgi keys rotate"
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
                # The stored bytes, not the decrypted text that the column's type would give.
                raw = f"SELECT id, {column.name} FROM {table.name} WHERE {column.name} IS NOT NULL ORDER BY id"  # noqa: S608
                for row_id, value in connection.exec_driver_sql(raw + locked).all():
                    keyring_value = keyring.decrypt(bytes(value)).decode()
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


def _write_canary() -> None:
    sealed = current_app.extensions["keyring"].encrypt(SAYS.encode()).decode()
    try:
        with transaction() as session:
            session.add(Setting(name=CANARY, value=sealed))
    except IntegrityError:
        pass  # another process that starts at the same time has written it


def _decrypt(value: bytes) -> None:
    current_app.extensions["keyring"].decrypt(value)
