"""Fault rules of a sandbox (sandbox/faults.py), put in force and taken away together, and how often each has struck."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import requests

from sandbox.stack import wait_for


class Rules:
    """Each is removed by its own id, so that other rules on the same side stay."""

    def __init__(self, url: str, *faults: Mapping[str, Any]) -> None:
        self._address = f"{url}/_sandbox/faults"
        self._faults = faults
        self._before = [0 for _ in faults]
        self._ids: list[int] = []

    def __str__(self) -> str:
        return f"{self._faults}"

    def __enter__(self) -> Rules:
        self.begin()
        return self

    def __exit__(self, *error: object) -> None:
        self.end()

    def begin(self) -> None:
        for fault in self._faults:
            answer = requests.post(self._address, json=dict(fault), timeout=30)
            answer.raise_for_status()
            self._ids.append(answer.json()["id"])

    def end(self) -> None:
        """Takes them out of force; what they struck is kept."""
        for place, rule_id in enumerate(self._ids):
            answer = requests.delete(f"{self._address}/{rule_id}", timeout=30)
            answer.raise_for_status()
            self._before[place] += answer.json()["hits"]
        self._ids = []

    @property
    def hits(self) -> list[int]:
        """How often each has struck, all in all."""
        if not self._ids:
            return self._before
        now = {rule["id"]: rule["hits"] for rule in requests.get(self._address, timeout=30).json()}
        return [before + now[rule_id] for before, rule_id in zip(self._before, self._ids, strict=True)]

    def have_struck(self) -> bool:
        return all(self.hits)

    def must_have_struck(self) -> None:
        """Once more in force where one has not struck yet: with few orders that is chance, and the polls call too."""
        if not self.have_struck():
            with self:
                wait_for(f"each of {self} to strike", self.have_struck)
