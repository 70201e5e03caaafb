"""What several threads bring at the same moment is done once for all of them."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from connector.blueprints.gathered import Gathered
from sandbox.stack import wait_for


class Slow:
    """Work whose first turn lasts until it may end."""

    def __init__(self) -> None:
        self.turns: list[list[int]] = []
        self.is_working, self.may_end = threading.Event(), threading.Event()

    def __call__(self, items: Sequence[int]) -> list[int]:
        self.turns.append(list(items))
        self.is_working.set()
        assert self.may_end.wait(10)
        if 13 in items:
            raise ZeroDivisionError
        return [item * item for item in items]


def test_what_comes_alone_is_done_alone() -> None:
    slow = Slow()
    slow.may_end.set()
    gathered = Gathered(slow)
    assert [gathered.bring(item) for item in (2, 3)] == [4, 9]
    assert slow.turns == [[2], [3]]


def brought_during_a_turn(slow: Slow, items: Sequence[int]) -> list[int | type[BaseException]]:
    """The first item's turn goes on until all others wait: what each gets, or the kind of what is raised."""
    gathered = Gathered(slow)
    with ThreadPoolExecutor(len(items)) as threads:
        first = threads.submit(gathered.bring, items[0])
        assert slow.is_working.wait(10)
        others = [threads.submit(gathered.bring, item) for item in items[1:]]
        wait_for("all others to wait", lambda: len(gathered._waiting) == len(others), 10)
        slow.may_end.set()
        ended = [future.exception(10) or future.result() for future in (first, *others)]
    return [type(one) if isinstance(one, BaseException) else one for one in ended]


def test_what_comes_during_a_turn_shares_the_next_one() -> None:
    slow = Slow()
    assert brought_during_a_turn(slow, [1, 2, 3, 4]) == [1, 4, 9, 16]
    assert [sorted(turn) for turn in slow.turns] == [[1], [2, 3, 4]]


@pytest.mark.parametrize(
    ("items", "ended"), [([13, 2], [ZeroDivisionError, 4]), ([2, 3, 13], [4, ZeroDivisionError, ZeroDivisionError])]
)
def test_what_breaks_a_turn_reaches_those_of_that_turn_only(
    items: list[int], ended: list[int | type[BaseException]]
) -> None:
    assert brought_during_a_turn(Slow(), items) == ended
