"""How long is waited before the next try. (That orders go on at once when the other side answers again: test_recovery.)"""

from __future__ import annotations

from datetime import timedelta

import pytest

from connector.sync import backoff

SOON, LONG_AGO = timedelta(minutes=1), timedelta(minutes=31)


@pytest.mark.parametrize(
    ("attempt", "failing_for", "asked", "least", "most"),
    [
        (1, timedelta(0), None, 0.75, 1.25),
        (4, SOON, None, 6, 10),
        (50, SOON, None, 18.75, 31.25),
        (50, LONG_AGO, None, 225, 375),
        # A store that says when to come again is there: never more than a little longer than it asked for.
        (1, timedelta(0), 2.0, 2, 2),
        (50, SOON, 2.0, 7.5, 12.5),
        (50, SOON, 40.0, 40, 40),
        (50, LONG_AGO, 2.0, 225, 375),
    ],
)
def test_pauses_grow_and_are_never_shorter_than_was_asked_for(
    attempt: int, failing_for: timedelta, asked: float | None, least: float, most: float
) -> None:
    for _ in range(50):
        assert least <= backoff.pause(attempt, failing_for, asked).total_seconds() <= most
