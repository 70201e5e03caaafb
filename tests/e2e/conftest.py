"""The whole product as real processes: gunicorn, workers, scheduler, Valkey, both sandboxes; on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.stack import Stack
from tests.support.databases import Databases


@pytest.fixture
def database() -> str:
    """On which a test runs, unless it says so itself."""
    return "sqlite"


@pytest.fixture
def stack(database: str, tmp_path: Path, databases: Databases) -> Iterator[Stack]:
    url = ""
    if database == "postgresql":
        name = f"e2e_{tmp_path.name.lower()[-20:]}".replace("-", "_")
        url = databases.cluster().create(name)
    stack = Stack(tmp_path / "stack", database_url=url)
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()
        if url:
            databases.cluster().drop(name)
