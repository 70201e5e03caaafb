"""One lab a database, shared by its scenarios and made anew after one that failed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.lab import Lab, said
from tests.chaos.measures import SEED
from tests.support.postgres import Cluster

#: Reading the books of more orders than this takes seconds, which would count as healing.
FULL = 1_000


class Labs:
    """At most one lab is up at a time in a test process: the machine shall carry the connector, not the tests."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0
        self._lab: Lab | None = None
        self._cluster: Cluster | None = None

    def of(self, kind: str, fetch_interval: int) -> Lab:
        """The lab that is up, if it is one like this and not full; else a new one."""
        lab = self._lab
        is_like_it = lab is not None and (lab.kind, lab.fetch_interval) == (kind, fetch_interval)
        if lab is None or not is_like_it or len(lab.placed) >= FULL:
            self.forget()
        if self._lab is None:
            if kind == "postgresql" and self._cluster is None:
                self._cluster = Cluster()
                self._cluster.start()
            self._count += 1
            folder = self._folder / f"{kind}-{self._count}"
            lab = Lab(kind, folder, self._cluster if kind == "postgresql" else None, fetch_interval)
            try:
                lab.start()
            except BaseException:
                lab.stop()
                raise
            self._lab = lab
        return self._lab

    def forget(self) -> None:
        if self._lab is not None:
            self._lab.stop()
            self._lab = None

    def close(self) -> None:
        self.forget()
        if self._cluster is not None:
            self._cluster.remove()


@pytest.fixture(scope="session")
def labs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Labs]:
    said(f"\nchaos: the seed is {SEED} (CHAOS_SEED)")
    labs = Labs(tmp_path_factory.mktemp("chaos"))
    yield labs
    labs.close()
