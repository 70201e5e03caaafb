"""What docs/operations.md tells an operator to type is there to be typed."""

from __future__ import annotations

import re
from pathlib import Path

import click
from flask import Flask

from connector.config import SETTINGS

ROOT = Path(__file__).parent.parent
OPERATIONS = (ROOT / "docs/operations.md").read_text()


def test_every_command_is_one(app: Flask) -> None:
    named = re.findall(r"flask --app wsgi ([a-z-]+)(?: ([a-z-]+))?", OPERATIONS)
    assert len(named) > 3
    for group, command in named:
        found = app.cli.get_command(click.Context(app.cli), group)
        assert found is not None, group
        if isinstance(found, click.Group):
            assert found.get_command(click.Context(found), command) is not None, f"{group} {command}"


def test_the_backup_is_of_the_database_that_the_app_uses(app: Flask) -> None:
    [default] = [setting.default for setting in SETTINGS if setting.name == "DATABASE_URL"]
    path = (Path(app.instance_path) / str(default).removeprefix("sqlite:///")).relative_to(ROOT)
    assert f"sqlite3 {path} " in OPERATIONS
