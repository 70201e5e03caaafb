"""Commands for whoever runs the installation: people, encryption keys, personal data."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import AppGroup

from connector.cli import COMMAND_LINE, sentences
from connector.models.audit import KEYS
from connector.models.transaction import transaction
from connector.models.types import UndecryptableError
from connector.sync import audit, keys

key_commands = AppGroup("keys", help="The key that encrypts tokens in the database.")


def register(app: Flask) -> None:
    """Adds the commands to the app."""
    app.cli.add_command(key_commands)


@key_commands.command("rotate")
@sentences
def keys_rotate() -> None:
    """Encrypts every secret anew with the first key of ENCRYPTION_KEY. Afterwards the other keys can be taken out."""
    try:
        count = keys.rotate()
    except UndecryptableError as error:
        raise ValueError(str(error)) from error
    with transaction() as session:
        audit.note(session, COMMAND_LINE, KEYS, "keys rotated", after=f"{count} secrets")
    click.echo(
        f"{count} secrets are encrypted with the first key of ENCRYPTION_KEY. The other keys can be taken out now."
    )
