"""What the requests of several threads bring at the same moment is done by one of them, for all, at once.

A transaction, and a question to Redis, cost much the same for one event as for six.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


@dataclass(eq=False)
class _Brought(Generic[T, R]):
    item: T
    result: R | None = None
    error: BaseException | None = None
    is_done: bool = False


class Gathered(Generic[T, R]):
    """Calls `work` with what was brought since it was called last; never twice at a time, and with one item where one comes.

    `work` gives a result for each item, in their order. What it raises, each of those who brought them gets.
    """

    def __init__(self, work: Callable[[Sequence[T]], Sequence[R]]) -> None:
        self._work = work
        self._waiting: list[_Brought[T, R]] = []
        self._adding = threading.Lock()
        self._working = threading.Lock()

    def bring(self, item: T) -> R:
        """The result for one item. Raises what `work` raises."""
        mine: _Brought[T, R] = _Brought(item)
        with self._adding:
            self._waiting.append(mine)
        with self._working:
            if not mine.is_done:
                self._work_on_all()
        if mine.error is not None:
            raise mine.error
        return mine.result  # type: ignore[return-value]

    def _work_on_all(self) -> None:
        with self._adding:
            taken, self._waiting = self._waiting, []
        try:
            for one, result in zip(taken, self._work([one.item for one in taken]), strict=True):
                one.result = result
        except BaseException as error:
            for one in taken:
                one.error = error
        for one in taken:
            one.is_done = True
