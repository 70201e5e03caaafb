"""Settings from the environment, read once and in one place.

`Config.from_environ` names every setting that is missing or malformed in one error, with what it is for, so that a start
fails once and not once per setting. docs/settings.md is checked against SETTINGS by a test.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, urlsplit

from redis import Redis
from sentry_sdk.utils import Dsn
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

MINIMUM_SECRET = 16
#: A machine that vanishes (a failover, no FIN) says nothing: without these the kernel waits for minutes, libpq's words and
#: units (seconds; tcp_user_timeout: milliseconds).
VANISHED = {
    "connect_timeout": 5,
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
}
#: What this app brings a driver for, as SQLAlchemy names it.
DRIVERS = ("sqlite", "sqlite+pysqlite", "postgresql+psycopg")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


class ConfigError(Exception):
    """One or more settings are missing or malformed; the message names all of them."""


@dataclass(frozen=True)
class Setting:
    """One environment variable: its name, what it is for, its default (None: required) and how it is read."""

    name: str
    purpose: str
    default: str | None = ""
    parse: Callable[[str], Any] = field(default=str)

    @property
    def required(self) -> bool:
        return self.default is None


def _secret(value: str) -> str:
    if len(value) < MINIMUM_SECRET:
        raise ValueError(f"must have at least {MINIMUM_SECRET} characters")
    return value


def _encryption_keys(value: str) -> tuple[str, ...]:
    """One or more keys, the first encrypts, all decrypt (for rotation). Each a Fernet key or a passphrase of 32+ characters."""
    keys = []
    for key in (part.strip() for part in value.split(",")):
        try:
            is_fernet = len(base64.urlsafe_b64decode(key)) == 32
        except (binascii.Error, ValueError):
            is_fernet = False
        if is_fernet:
            keys.append(key)
        elif len(key) >= 32:
            keys.append(base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest()).decode())
        else:
            raise ValueError(
                "must be a Fernet key (32 url-safe base64 bytes) or a passphrase of at least 32 characters"
            )
    return tuple(keys)


def database_url(value: str) -> str:
    """An SQLAlchemy address: `postgres://`, as Heroku-style platforms write it, and `postgresql://` both use psycopg 3."""
    scheme, separator, rest = value.partition("://")
    if not separator:
        raise ValueError("must be an address such as sqlite:///connector.db or postgresql://user:password@host/name")
    if scheme in {"postgres", "postgresql"}:
        value = f"postgresql+psycopg://{rest}"
    try:
        driver = make_url(value).drivername
    except (ArgumentError, ValueError):
        raise ValueError(f"is no address that can be read: {_SIGNS}") from None
    if driver not in DRIVERS:
        raise ValueError("must begin with sqlite:// or postgresql://")
    return value


#: Why an address with a password often is none. What is wrong is never quoted: it may be a part of the password.
_SIGNS = "a port is a number, and signs such as # @ : / ? in a password are written as %23 %40 %3A %2F %3F"


def address_parts(value: str) -> SplitResult:
    """An address in its parts. Raises ValueError, which does not quote it."""
    try:
        parts = urlsplit(value)
        _ = parts.port  # read here, since it is what raises
    except ValueError:
        raise ValueError(f"is no address that can be read: {_SIGNS}") from None
    return parts


def _http_url(value: str) -> str:
    parts = address_parts(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be an http:// or https:// address")
    return value.rstrip("/")


def _redis_url(value: str) -> str:
    parts = address_parts(value)
    if parts.scheme not in {"redis", "rediss", "unix"}:
        raise ValueError("must begin with redis://, rediss:// or unix://")
    try:
        Redis.from_url(value).close()  # connects to nothing
    except ValueError:
        raise ValueError("names an option with a value that it cannot have") from None
    if parts.fragment:  # what stands behind a # would be left out without a word: the host, after a password
        raise ValueError(f"is no address that can be read: {_SIGNS}")
    return value


def _smtp_url(value: str) -> str:
    parts = address_parts(value)
    if value and (parts.scheme not in {"smtp", "smtps"} or not parts.hostname):
        raise ValueError("must begin with smtp:// or smtps:// and name a server")
    return value


def _sentry_dsn(value: str) -> str:
    try:
        return value and str(Dsn(value))
    except ValueError:
        raise ValueError("must be a DSN as Sentry shows it: https://key@host/number") from None


def _positive(value: str) -> int:
    try:
        number = int(value)
    except ValueError:
        number = 0
    if number < 1:
        raise ValueError("must be a whole number of at least 1")
    return number


def _flag(value: str) -> bool:
    if value.lower() in {"1", "true", "yes", "on"}:
        return True
    if value.lower() in {"", "0", "false", "no", "off"}:
        return False
    raise ValueError("must be 1 or 0")


def _log_level(value: str) -> str:
    if value.upper() not in LOG_LEVELS:
        raise ValueError(f"must be one of {', '.join(LOG_LEVELS)}")
    return value.upper()


#: What PUBLIC_URL is without being set: good for a try on one machine.
PUBLIC_URL = "http://127.0.0.1:8000"

SETTINGS: tuple[Setting, ...] = (
    Setting("SECRET_KEY", "signs sessions and forms; any long random text", None, _secret),
    Setting(
        "ENCRYPTION_KEY",
        "encrypts tokens in the database: a Fernet key or a passphrase of 32 or more characters; several, comma-separated, "
        "to rotate (the first encrypts)",
        None,
        _encryption_keys,
    ),
    Setting("TIKTOK_APP_KEY", "the app key of your TikTok Shop app (Partner Center)", None),
    Setting("TIKTOK_APP_SECRET", "the app secret of your TikTok Shop app; signs calls and checks webhooks", None),
    Setting("TIKTOK_SERVICE_ID", "the service id of your TikTok Shop app; needed to authorize a shop in the panel"),
    Setting("TIKTOK_API_URL", "TikTok Shop's API", "https://open-api.tiktokglobalshop.com", _http_url),
    Setting("TIKTOK_AUTH_URL", "TikTok Shop's token server", "https://auth.tiktok-shops.com", _http_url),
    Setting("DATABASE_URL", "the database: SQLite or PostgreSQL", "sqlite:///connector.db", database_url),
    Setting("REDIS_URL", "Redis or Valkey, by which workers are woken", "redis://127.0.0.1:6379/0", _redis_url),
    Setting(
        "REDIS_CHECK_CERTIFICATE",
        "0: a rediss:// server may show any certificate, as Heroku's do: nobody can listen, but who can stand in between could "
        "pose as the server",
        "1",
        _flag,
    ),
    Setting("PUBLIC_URL", "the address at which browsers and TikTok reach this app", PUBLIC_URL, _http_url),
    Setting("WEB_CONCURRENCY", "web processes (gunicorn)", "2", _positive),
    Setting("WORKER_CONCURRENCY", "worker processes", "2", _positive),
    Setting("FETCH_INTERVAL", "seconds between safety polls for orders whose webhook was lost", "60", _positive),
    Setting("ALLOW_PRIVATE_STORE_URLS", "development only: let a store's address be private or loopback", "0", _flag),
    Setting(
        "SMTP_URL",
        "the mail server: smtp://user:password@host:587 or smtps://…; empty: no mail is sent",
        "",
        _smtp_url,
    ),
    Setting("MAIL_FROM", "the address that mails come from; empty: connector@ and PUBLIC_URL's host"),
    Setting("LOG_LEVEL", "how much is logged", "INFO", _log_level),
    Setting("SENTRY_DSN", "where errors are reported (Sentry); empty: nowhere", "", _sentry_dsn),
)


@dataclass(frozen=True, kw_only=True)
class Config:
    """The settings, typed. Secrets do not show in its repr."""

    secret_key: str = field(repr=False)
    encryption_key: tuple[str, ...] = field(repr=False)
    tiktok_app_key: str
    tiktok_app_secret: str = field(repr=False)
    tiktok_service_id: str
    tiktok_api_url: str
    tiktok_auth_url: str
    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    redis_check_certificate: bool
    public_url: str
    web_concurrency: int
    worker_concurrency: int
    fetch_interval: int
    allow_private_store_urls: bool
    smtp_url: str = field(repr=False)
    mail_from: str
    log_level: str
    sentry_dsn: str = field(repr=False)

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Config:
        """Reads all settings. Raises ConfigError, which names every one that is missing or malformed."""
        values: dict[str, Any] = {}
        problems: list[str] = []
        for setting in SETTINGS:
            raw = environ.get(setting.name, "").strip() or (setting.default or "")
            if not raw and setting.required:
                problems.append(f"{setting.name} is missing: {setting.purpose}.")
                continue
            try:
                values[setting.name.lower()] = setting.parse(raw)
            except ValueError as error:
                problems.append(f"{setting.name} {error}. It is: {setting.purpose}.")
        if problems:
            raise ConfigError("The connector cannot start.\n" + "\n".join(f"- {problem}" for problem in problems))
        return cls(**values)

    def doubts(self) -> Iterator[str]:
        """What is no reason not to start, and yet nothing that an installation for others can do without."""
        if self.public_url == PUBLIC_URL and self.database_url.startswith("postgresql"):
            yield (
                f"PUBLIC_URL is not set: links in mails lead to {PUBLIC_URL}, cookies are not kept to TLS, and TikTok Shop"
                " cannot be told where to send its webhooks"
            )

    def _vanishing(self) -> dict[str, int]:
        """After how long PostgreSQL's machine counts as gone, unless DATABASE_URL says it. On a socket none of it counts."""
        said = make_url(self.database_url).query
        return {name: value for name, value in VANISHED.items() if name not in said}

    def flask(self) -> dict[str, Any]:
        """The configuration that Flask and its extensions read."""
        is_https = self.public_url.startswith("https://")
        sqlite = self.database_url.startswith("sqlite")
        return {
            "CONNECTOR": self,
            "SECRET_KEY": self.secret_key,
            "SQLALCHEMY_DATABASE_URI": self.database_url,
            # Errors of the database never quote what was to be written: they end in the log.
            "SQLALCHEMY_ENGINE_OPTIONS": {"hide_parameters": True}
            | (
                {"connect_args": {"timeout": 30}}
                if sqlite
                # Nothing is prepared on the server: a plan made for any value is a bad one for a rare word, and a
                # pooler between us (PgBouncer) would not know of it.
                else {"pool_pre_ping": True, "connect_args": {"prepare_threshold": None, **self._vanishing()}}
            ),
            # With this prefix a browser takes it from this very host alone, over TLS, for all of its paths.
            "SESSION_COOKIE_NAME": "__Host-session" if is_https else "session",
            "SESSION_COOKIE_SECURE": is_https,
            "SESSION_COOKIE_HTTPONLY": True,
            "SESSION_COOKIE_SAMESITE": "Lax",
            "REMEMBER_COOKIE_SECURE": is_https,
            "REMEMBER_COOKIE_HTTPONLY": True,
            "REMEMBER_COOKIE_SAMESITE": "Lax",
            "WTF_CSRF_TIME_LIMIT": None,
            "MAX_CONTENT_LENGTH": 8 * 1024 * 1024,
        }
