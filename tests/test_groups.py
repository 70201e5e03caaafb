"""What is one group runs in one process: the chaos suite's laboratories, and other tests that share processes."""

from __future__ import annotations

import pytest


@pytest.mark.xdist_group("together")
def test_a_group_is_seen_by_what_deals_tests_out(request: pytest.FixtureRequest) -> None:
    """pytest-xdist writes the group behind the test's id; with pytest 9.2 it did not, and every test was dealt out alone."""
    if hasattr(request.config, "workerinput"):
        assert request.node.nodeid.endswith("@together")
