"""Commands for whoever runs the installation: people, encryption keys, personal data."""

from __future__ import annotations

import json

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import select

from connector.blueprints import setup
from connector.cli_asked import COMMAND_LINE, sentences
from connector.extensions import db
from connector.models import User
from connector.models.audit import KEYS
from connector.models.transaction import transaction
from connector.models.types import UndecryptableError
from connector.models.user import ROLES
from connector.sync import audit, keys, mail, people, privacy, two_factor

users = AppGroup("users", help="People who use the panel.")
buyers = AppGroup("buyers", help="Personal data of one buyer.")
key_commands = AppGroup("keys", help="The key that encrypts tokens in the database.")


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


@key_commands.command("forget")
@click.confirmation_option(
    prompt="Tokens, credentials and second factors that ENCRYPTION_KEY cannot read will be gone for good. Go on?"
)
@sentences
def keys_forget() -> None:
    """Takes out every secret that ENCRYPTION_KEY cannot read, so that the connector starts: for who has lost the old key."""
    lost = keys.forget(COMMAND_LINE)
    if not lost:
        click.echo("ENCRYPTION_KEY reads every secret. Nothing was forgotten.")
        return
    click.echo(
        f"Forgotten: the tokens of {lost.get('shops', 0)} shops, the credentials of {lost.get('stores', 0)} stores, the second"
        f" factor of {lost.get('users', 0)} people. Start the connector, enter the stores' credentials and reconnect the shops."
    )


@users.command("create")
@click.argument("email")
@click.option("--password", required=True)
@click.option("--role", type=click.Choice(ROLES), default="staff", show_default=True)
@sentences
def users_create(email: str, password: str, role: str) -> None:
    """Makes a user, or sets the password and role of the one with this address."""
    people.put(email, password, role, COMMAND_LINE)
    click.echo(f"{email.strip().lower()} can log in as {role}.")


@users.command("first")
@sentences
def users_first() -> None:
    """Prints the address at which the first admin is made; it is good as long as there is no user."""
    if people.anybody():
        raise ValueError("There are users already. Make another with: flask --app wsgi users create --help")
    click.echo(f"{current_app.config['CONNECTOR'].public_url}/setup/{setup.code()}")


@users.command("list")
@sentences
def users_list() -> None:
    """Lists everybody: e-mail, role, two-factor, and who is shut out."""
    for user in db.session.scalars(select(User).order_by(User.email)):
        second = "two-factor" if user.totp_secret else "-"
        click.echo(f"{user.email}  {user.role}  {second}  {'' if user.is_active else 'shut out'}".rstrip())


@users.command("reset")
@click.argument("email")
@click.option("--mail", "by_mail", is_flag=True, help="Mail the link instead of printing it (needs SMTP_URL).")
@sentences
def users_reset(email: str, by_mail: bool) -> None:
    """Makes a link by which a person sets a new password, once."""
    user = _user(email)
    if by_mail:
        people.note_link(user, COMMAND_LINE)
        mail.send_password_link(user.id)
        click.echo(f"A link was mailed to {user.email}.")
    else:
        click.echo(people.make_link(user, COMMAND_LINE))


@users.command("two-factor-off")
@click.argument("email")
@sentences
def users_two_factor_off(email: str) -> None:
    """Switches two-factor off for somebody who lost the phone and the recovery codes."""
    user = _user(email)
    two_factor.end(user.id, COMMAND_LINE)
    click.echo(f"Two-factor is off for {user.email}.")


@users.command("shut-out")
@click.argument("email")
@sentences
def users_shut_out(email: str) -> None:
    """Ends all sessions of a person, who cannot log in any more."""
    user = _user(email)
    people.change(user.id, COMMAND_LINE, is_active=False)
    click.echo(f"{user.email} is shut out.")


def _user(email: str) -> User:
    user = people.find(email)
    if user is None:
        raise ValueError(f"There is no user {email}.")
    return user


@buyers.command("export")
@click.argument("known_by")
@sentences
def buyers_export(known_by: str) -> None:
    """Prints all that is kept of a buyer, as JSON. KNOWN_BY: an order number, TikTok's user id, or TikTok's e-mail for them."""
    document = privacy.export_buyer(known_by, COMMAND_LINE)
    if document is None:
        raise ValueError("No order is known of such a buyer.")
    click.echo(json.dumps(document, ensure_ascii=False, indent=2))


@buyers.command("erase")
@click.argument("known_by")
@sentences
def buyers_erase(known_by: str) -> None:
    """Blanks a buyer's personal data in all ended orders. Magento's orders and customers are left as they are."""
    done, left, customers, blanked_before = privacy.erase_buyer(known_by, COMMAND_LINE)
    if blanked_before:
        raise ValueError(
            f"{blanked_before} was blanked before, and the buyer's other orders cannot be found by it: name a younger order"
            " of the buyer, TikTok's user id, or TikTok's e-mail for them."
        )
    if not done and not left:
        raise ValueError("No order is known of such a buyer.")
    click.echo(f"Blanked: {', '.join(done) or 'none'}.")
    for customer_id in customers:
        click.echo(
            f"Magento keeps its customer {customer_id} for the buyer: erase it there (Customers > All Customers)."
        )
    if left:
        raise ValueError(f"Still under way, and needed until they have arrived: {', '.join(left)}.")
