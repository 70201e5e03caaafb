"""Errors, grouped by what to do next."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connector.domain.errors import LONGEST_WAIT, TryLater


@pytest.mark.parametrize(
    ("asked", "waited"), [(None, None), (17.0, 17.0), (86_400.0, LONGEST_WAIT), (float("inf"), LONGEST_WAIT)]
)
def test_nobody_is_waited_for_as_long_as_a_broken_header_says(asked: float | None, waited: float | None) -> None:
    error = TryLater("Later.", after=asked)
    assert error.after == waited
    assert timedelta(seconds=error.after or 0) <= timedelta(hours=1)
