"""When to try again after something that may pass by itself."""

from __future__ import annotations

import random
from datetime import timedelta

#: Seconds before the second, third, … try. Short at first; never longer than half a minute in the first half hour, so that
#: orders go through soon after an outage ends.
PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0, 25.0)
#: Whoever says when to come again is there, and is not kept waiting as one that is away.
LONGEST_AFTER_BEING_ASKED = 10.0
LONG_PAUSE = 300.0
PATIENT_FOR = timedelta(minutes=30)
#: After this long without success the order is given up: it is shown in Error, and a person decides.
GIVE_UP_AFTER = timedelta(hours=24)


def pause(attempt: int, failing_for: timedelta, asked: float | None = None) -> timedelta:
    """How long to wait before the next try.

    `attempt` counts from 1; `failing_for` is the time since the first failure in a row; `asked` is how many seconds the
    other side asked us to wait, if it did. Jitter of a quarter keeps many orders from coming back at the same moment.
    """
    seconds = LONG_PAUSE
    if failing_for < PATIENT_FOR:
        longest = PAUSES[-1] if asked is None else LONGEST_AFTER_BEING_ASKED
        seconds = min(PAUSES[min(attempt, len(PAUSES)) - 1], longest)
    jittered = seconds * random.uniform(0.75, 1.25)
    return timedelta(seconds=max(jittered, asked or 0))
