"""Mail through SMTP, sent by workers. What a job carries is an id; links and texts are made when the mail is sent.

SMTP_URL: smtp://user:password@host:587 (STARTTLS where the server offers it) or smtps://… (TLS from the start).
"""

from __future__ import annotations

import logging
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from urllib.parse import unquote, urlsplit

from flask import current_app

from connector import i18n
from connector.domain.errors import TryLater
from connector.extensions import db, queue
from connector.models import User
from connector.models.transaction import end_transaction
from connector.sync import people

log = logging.getLogger(__name__)

TIMEOUT = 15.0


def ask_for_password_link(email: str) -> None:
    """Has a worker send a link to somebody who forgot the password; an unknown address gets nothing."""
    user = people.find(email)
    end_transaction()
    if user is not None and user.is_active:
        queue.wake_mail(user.id)


def send_password_link(user_id: int) -> None:
    """Sends the link by which a person sets a password. Raises TryLater when the mail server does not take it."""
    user = db.session.get(User, user_id)
    if user is None or not user.is_active:
        return
    address, link, language = user.email, people.password_link(user), user.locale
    end_transaction()
    subject = "Set your password"
    text = (
        "Somebody, probably you or an admin of the panel, asked for a link to set your password for the TikTok Shop"
        f" connector.\n\n{link}\n\nIt is good once and for a short time. If you did not ask for it, do nothing.\n"
    )
    with i18n.speaking(language):
        subject, text = i18n.t(subject), i18n.t(text)
    send([address], subject, text)


def send(to: list[str], subject: str, text: str) -> None:
    """Sends one plain-text mail. Raises TryLater when the server does not take it, ValueError when mail is not set up."""
    config = current_app.config["CONNECTOR"]
    if not config.smtp_url:
        raise ValueError("SMTP_URL is not set")
    message = EmailMessage()
    message["From"] = config.mail_from or f"connector@{urlsplit(config.public_url).hostname}"
    message["To"] = ", ".join(to)
    # The library refuses line breaks in headers; a hostile name must not even make it fail.
    message["Subject"] = " ".join(subject.split())[:200]
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=urlsplit(config.public_url).hostname or "connector")
    message.set_content(text)
    parts = urlsplit(config.smtp_url)
    context = ssl.create_default_context()
    try:
        if parts.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                parts.hostname or "", parts.port or 465, timeout=TIMEOUT, context=context
            )
        else:
            server = smtplib.SMTP(parts.hostname or "", parts.port or 587, timeout=TIMEOUT)
        with server:
            if parts.scheme == "smtp":
                server.ehlo()
                if server.has_extn("starttls"):
                    server.starttls(context=context)
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(message)
    except (OSError, smtplib.SMTPException) as error:
        # Not the library's text: it may quote the mail.
        log.warning("a mail could not be sent: %s", type(error).__name__)
        raise TryLater(f"The mail server did not take the mail ({type(error).__name__}).", code="mail_failed") from None
