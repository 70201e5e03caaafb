"""What a fault is, and how it is made of a single strike, or of several faults."""

from __future__ import annotations

import threading
from collections.abc import Callable

from tests.chaos.lab import Lab

#: Does its worst while orders flow, and returns when it is over and undone. Raises AssertionError when it struck nothing.
Fault = Callable[[Lab], None]
#: One strike, begun and ended: returns what it was seen to strike (a number of whatever its witness counts).
Strike = Callable[[Lab], int]
#: So often it is tried to strike something at all, while orders flow on for it.
MOST = 20


def again_and_again(strike: Strike, least: float, most: float | None = None) -> Fault:
    """Strikes through the whole flow, with pauses of so many seconds in which the connector can recover.

    Orders flow until it was seen to strike. The last strike ends after the flow, so that the healing is measured from there.
    """

    def fault(lab: Lab) -> None:
        seen = strikes = 0
        lab.pause(1)
        with lab.orders_flow_on():
            while lab.flowing and not seen and strikes < MOST:
                seen += strike(lab)
                strikes += 1
                lab.pause(least, most)
        assert seen, f"{strikes} times, and it was never seen to strike: this proves nothing"
        is_last = False
        while not is_last:
            is_last = not lab.flowing
            strike(lab)
            lab.pause(least, most)

    return fault


def nothing(lab: Lab) -> None:
    """No fault at all: what the others are compared with."""
    lab.flow_over.wait()


def together(*faults: Fault) -> Fault:
    """Several faults at the same time, each in its own thread. When one fails, the flow is broken off."""

    def fault(lab: Lab) -> None:
        errors: list[BaseException] = []

        def one(each: Fault, own: Lab) -> None:
            try:
                each(own)
            except BaseException as error:
                errors.append(error)
                lab.break_off()

        threads = [
            threading.Thread(target=one, args=(each, lab.of_thread(number))) for number, each in enumerate(faults)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if errors:
            raise errors[0]

    return fault
