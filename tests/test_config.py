"""Settings from the environment: a start without a needed one fails and names all that are missing."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from connector.config import SETTINGS, Config, ConfigError, database_url
from sandbox.stack import ROOT

GOOD = {
    "SECRET_KEY": "a-secret-key-of-some-length",
    "ENCRYPTION_KEY": "an-encryption-passphrase-of-32-or-more",
    "TIKTOK_APP_KEY": "6a1b2c3d",
    "TIKTOK_APP_SECRET": "5f4dcc3b5aa765d61d8327deb882cf99aabbccdd",
}


def test_the_required_settings_are_enough() -> None:
    config = Config.from_environ(GOOD)
    assert config.fetch_interval == 60
    assert config.database_url == "sqlite:///connector.db"


def test_every_missing_setting_is_named_with_what_it_is_for() -> None:
    with pytest.raises(ConfigError) as caught:
        Config.from_environ({})
    for setting in SETTINGS:
        assert (setting.name in str(caught.value)) == setting.required
        if setting.required:
            assert setting.purpose in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "short"),
        ("ENCRYPTION_KEY", "too short to encrypt with"),
        ("ENCRYPTION_KEY", f"{GOOD['ENCRYPTION_KEY']},short"),
        ("DATABASE_URL", "mysql://somewhere/else"),
        ("DATABASE_URL", "connector.db"),
        ("DATABASE_URL", "postgresql+psycopg2://user:hunter2@host/name"),
        ("DATABASE_URL", "sqlite+aiosqlite:///connector.db"),
        ("DATABASE_URL", "postgresql://user:hunter2@host:hunter2/name"),
        ("DATABASE_URL", "postgresql+psycopg://user:hunter2@[::hunter2/name"),
        ("REDIS_URL", "localhost:6379"),
        ("REDIS_URL", "redis://:hun#ter2@host:6379/0"),
        ("REDIS_URL", "redis://:12#hunter2@host:6379/0"),
        ("REDIS_URL", "redis://:hunter2@host:hunter2/0"),
        ("REDIS_URL", "redis://:hunter2@host:6379/0?socket_timeout=hunter2"),
        ("SMTP_URL", "smtp://user:hunter2@host:hunter2"),
        ("SENTRY_DSN", "hunter2"),
        ("SENTRY_DSN", "https://sentry.example.com/hunter2"),
        ("SENTRY_DSN", "https://key@sentry.example.com:hunter2/1"),
        ("PUBLIC_URL", "connector.example.com"),
        ("PUBLIC_URL", "https://connector.example.com:port"),
        ("PUBLIC_URL", "https://["),
        ("PUBLIC_URL", "https://:443"),
        ("TIKTOK_API_URL", "open-api"),
        ("WEB_CONCURRENCY", "many"),
        ("WORKER_CONCURRENCY", "0"),
        ("FETCH_INTERVAL", "-1"),
        ("FETCH_INTERVAL", "1.5"),
        ("ALLOW_PRIVATE_STORE_URLS", "maybe"),
        ("LOG_LEVEL", "LOUD"),
    ],
)
def test_a_malformed_setting_is_named(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=name) as caught:
        Config.from_environ({**GOOD, name: value})
    if name in {"SECRET_KEY", "ENCRYPTION_KEY"}:
        assert value not in str(caught.value), "a secret is not repeated in an error"
    for part in ("hun", "ter2"):
        assert part not in str(caught.value), "nor is what may be a part of a password"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "sqlite://"),
        (
            "DATABASE_URL",
            "postgresql+psycopg://user:p%23w@/name?host=a:5432&host=b:5432&target_session_attrs=read-write",
        ),
        ("REDIS_URL", "rediss://user:p%23w@host:6380/1"),
        ("REDIS_URL", "unix:///run/valkey.sock?db=1"),
        ("SENTRY_DSN", "https://key@o1.ingest.sentry.io/1"),
        ("SMTP_URL", "smtps://me:p%40ss@mail.example.com"),
        ("PUBLIC_URL", "https://connector.example.com:8443"),
    ],
)
def test_an_address_is_taken_as_it_is_written(name: str, value: str) -> None:
    assert getattr(Config.from_environ({**GOOD, name: value}), name.lower()) == value


def test_a_start_on_postgresql_without_an_address_of_its_own_is_doubted() -> None:
    postgresql = GOOD | {"DATABASE_URL": "postgres://user:pass@host/name"}
    assert "PUBLIC_URL is not set" in next(Config.from_environ(postgresql).doubts())
    assert list(Config.from_environ(postgresql | {"PUBLIC_URL": "https://panel.example.com"}).doubts()) == []
    assert list(Config.from_environ(GOOD).doubts()) == []


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_is_reached_by_psycopg_however_it_is_written(scheme: str) -> None:
    assert database_url(f"{scheme}://user:pass@host:5432/name") == "postgresql+psycopg://user:pass@host:5432/name"


def test_secrets_do_not_show() -> None:
    config = Config.from_environ({**GOOD, "DATABASE_URL": "postgres://user:hunter2@host/name"})
    for secret in (*GOOD.values(), "hunter2"):
        if secret != GOOD["TIKTOK_APP_KEY"]:
            assert secret not in repr(config)


@pytest.mark.parametrize("command", [["-m", "flask", "--app", "wsgi", "routes"], ["worker.py"], ["-c", "import wsgi"]])
def test_a_start_without_settings_ends_with_a_sentence(command: list[str]) -> None:
    names = {setting.name for setting in SETTINGS}
    environ = {name: value for name, value in os.environ.items() if name not in names}
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "SECRET_KEY is missing" in done.stderr
    assert "TIKTOK_APP_SECRET is missing" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_documentation_lists_exactly_these_settings() -> None:
    rows = [line for line in (ROOT / "docs" / "settings.md").read_text().splitlines() if line.startswith("| `")]
    assert rows == [
        f"| `{setting.name}` | {setting.purpose} | "
        + ("**required**" if setting.required else f"`{setting.default}`" if setting.default else "–")
        + " |"
        for setting in SETTINGS
    ]
