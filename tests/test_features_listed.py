"""docs/features.md names every feature with a test that shows it; nothing that it names is missing, and nothing is unnamed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import pytest
from flask import Flask

from connector.blueprints.settings.fields import GROUPS
from connector.sync.steps import HANDLERS
from connector.tiktok.webhooks import TOPICS

ROOT = Path(__file__).resolve().parents[1]
#: Flask's and Flask-Migrate's own.
NOT_OURS = {"db", "routes", "run", "shell"}


def _rows() -> Iterator[tuple[str, str, str]]:
    """(feature, where, shown by) of each row."""
    for line in (ROOT / "docs" / "features.md").read_text().splitlines():
        if line.startswith("| ") and not line.startswith(("| feature |", "| --- |")):
            feature, where, shown_by = (cell.strip() for cell in line.strip("|").split("|"))
            yield feature, where, shown_by


ROWS = tuple(_rows())


def _where(pattern: str) -> set[str]:
    return {found for _, where, _ in ROWS for found in re.findall(pattern, where)}


@cache
def _tests_in(path: str) -> frozenset[str]:
    file = ROOT / "tests" / path
    if not file.exists():
        return frozenset()
    return frozenset(node.name for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.FunctionDef))


def test_every_feature_is_shown_by_a_test_that_exists() -> None:
    missing = []
    for feature, _, shown_by in ROWS:
        tests = re.findall(r"`([^`:]+\.py)::(test_\w+)`", shown_by)
        missing += [f"{feature}: names no test"] if not tests or len(tests) != shown_by.count("::") else []
        missing += [f"{feature}: {path}::{name}" for path, name in tests if name not in _tests_in(path)]
    assert ROWS
    assert missing == []


def test_every_address_of_the_panel_is_in_the_table(app: Flask) -> None:
    rules = {re.sub(r"<[^<>]*?:(\w+)>", r"<\1>", rule.rule) for rule in app.url_map.iter_rules()} - {
        "/static/<filename>"
    }
    assert _where(r"`(/[^`]*)`") == rules


def test_every_command_is_in_the_table(app: Flask) -> None:
    commands = set()
    for name, command in app.cli.commands.items():
        if name not in NOT_OURS:
            commands |= (
                {f"{name} {inner}" for inner in command.commands} if isinstance(command, click.Group) else {name}
            )
    assert _where(r"`flask ([^`]+)`") == commands


@pytest.mark.parametrize(
    ("kind", "there_are"),
    [
        ("step", {step.__name__ for step in HANDLERS}),
        ("webhook", {str(number) for number, topic in TOPICS.items() if topic.is_handled}),
        ("settings", {group.key for group in GROUPS}),
    ],
)
def test_every_one_is_in_the_table(kind: str, there_are: set[str]) -> None:
    assert _where(rf"{kind} `([^`]+)`") == there_are
