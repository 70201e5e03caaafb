"""Imports go one way: blueprints → sync → (tiktok, magento, models) → domain. Fails with the offending line."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
#: What each part may import of the connector. A part not named here may import anything of it (it puts the parts together).
MAY_IMPORT = {
    "domain": {"domain"},
    "tiktok": {"tiktok", "domain", "http"},
    "magento": {"magento", "domain", "http"},
    "http": {"domain", "redaction", "deadlines", "wire", "certificates"},
    "certificates": set(),
    "wire": {"deadlines"},
    "deadlines": set(),
    "redaction": {"domain"},
    "models": {"models", "domain", "extensions", "clock"},
    "sync": {
        *("sync", "tiktok", "magento", "models", "domain"),
        *("extensions", "http", "redaction", "clock", "logs", "queue", "config", "i18n"),
    },
}


def imports_of(path: Path) -> Iterator[tuple[int, str]]:
    """(line, module) of every import in a file, those inside functions too."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: a relative import"
            yield node.lineno, node.module or ""
            if node.module == "connector":
                yield from ((node.lineno, f"connector.{alias.name}") for alias in node.names)


def python_files(folder: str) -> list[Path]:
    found = sorted((ROOT / folder).rglob("*.py"))
    assert found
    return found


@pytest.mark.parametrize("path", python_files("connector"), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_one_way(path: Path) -> None:
    part = path.relative_to(ROOT / "connector").parts[0].removesuffix(".py")
    allowed = MAY_IMPORT.get(part)
    wrong = []
    for line, module in imports_of(path):
        top, _, rest = module.partition(".")
        if top in {"sandbox", "tests", "tiktok_shop_api"}:
            wrong.append(f"{path.relative_to(ROOT)}:{line}: {module}")
        if part == "domain" and top != "connector" and top not in sys.stdlib_module_names:
            wrong.append(f"{path.relative_to(ROOT)}:{line}: {module} is not in the standard library")
        if allowed is not None and top == "connector" and rest and rest.split(".")[0] not in allowed:
            # `connector.create_app` is put together of everything; only the worker processes may make an app.
            if (part, module, path.name) == ("sync", "connector.create_app", "workers.py"):
                continue
            wrong.append(f"{path.relative_to(ROOT)}:{line}: {module}")
    assert wrong == []


@pytest.mark.parametrize("path", python_files("sandbox"), ids=lambda path: str(path.relative_to(ROOT)))
def test_the_sandboxes_know_nothing_of_the_connector(path: Path) -> None:
    assert [f"{path}:{line}" for line, module in imports_of(path) if module.split(".")[0] == "connector"] == []
