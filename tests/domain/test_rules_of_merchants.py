"""Which rules fit an order and what they add up to, as a table."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from connector.domain import rules
from connector.domain.rules import Actions, Conditions, Facts, Rule

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
FACTS = Facts(
    shop=1,
    skus=frozenset({"MUG-RED", "TEA-01"}),
    total=Decimal("120.00"),
    country="US",
    status="AWAITING_SHIPMENT",
    waited_since=NOW - timedelta(hours=5),
    tags=frozenset({"VIP"}),
)


def rule(id: int = 1, *, does: dict[str, Any] | None = None, **conditions: Any) -> Rule:
    return Rule(id=id, name=f"R{id}", conditions=Conditions(**conditions), actions=Actions(**(does or {"hold": True})))


@pytest.mark.parametrize(
    ("conditions", "fits"),
    [
        ({}, True),
        ({"shop": 1}, True),
        ({"shop": 2}, False),
        ({"skus": ("mug-*",)}, True),
        ({"skus": ("CUP", "TEA-0?")}, True),
        ({"skus": ("MUG",)}, False),
        ({"total_from": "120"}, True),
        ({"total_from": "120.01"}, False),
        ({"total_to": "120"}, True),
        ({"total_to": "119.99"}, False),
        ({"countries": ("GB", "US")}, True),
        ({"countries": ("GB",)}, False),
        ({"statuses": ("ON_HOLD", "AWAITING_SHIPMENT")}, True),
        ({"statuses": ("CANCELLED",)}, False),
        ({"waited_hours": 5}, True),
        ({"waited_hours": 6}, False),
        ({"tags": ("vip",)}, True),
        ({"tags": ("vip", "b2b")}, False),
        ({"shop": 1, "skus": ("TEA-01",), "countries": ("GB",)}, False),
    ],
)
def test_all_conditions_that_are_given_must_hold(conditions: dict[str, Any], fits: bool) -> None:
    assert bool(rules.evaluate([rule(**conditions)], FACTS, NOW).by) == fits


def test_the_first_way_counts_and_tags_add_up_and_reach_later_rules() -> None:
    outcome = rules.evaluate(
        [
            rule(1, does={"tags": ("big",)}, total_from="100"),
            rule(2, does={"way": "record", "tags": ("watched", "big")}, tags=("big",)),
            rule(3, does={"way": "reserve", "hold": True}),
        ],
        FACTS,
        NOW,
    )
    assert (outcome.way, outcome.tags, outcome.hold_by) == ("record", ("big", "watched"), "R3")


def test_a_rule_that_will_fit_by_waiting_says_when() -> None:
    outcome = rules.evaluate(
        [rule(1, waited_hours=6), rule(2, waited_hours=9), rule(3, waited_hours=7, shop=2)], FACTS, NOW
    )
    assert (outcome.by, outcome.look_at) == ((), NOW + timedelta(hours=1))


@pytest.mark.parametrize(
    ("asks", "shipped", "approves"), [(True, False, True), (True, True, False), (False, False, False)]
)
def test_a_cancellation_is_approved_only_while_nothing_is_shipped(asks: bool, shipped: bool, approves: bool) -> None:
    facts = replace(FACTS, buyer_asks_cancel=asks, is_anything_shipped=shipped)
    one = rule(does={"approve": True})
    assert bool(rules.evaluate([one], facts, NOW).approve_by) == approves
    assert bool(rules.done(one.actions, facts)) == approves


def test_what_is_about_creating_is_not_said_of_an_order_that_is_in_magento() -> None:
    facts = replace(FACTS, is_in_magento=True)
    assert rules.done(Actions(hold=True, way="record", tags=("x",)), facts) == ["tags it x"]


@pytest.mark.parametrize(
    ("name", "conditions", "actions", "words"),
    [
        ("", {}, {"hold": True}, "name"),
        ("R", {}, {}, "what the rule does"),
        ("R", {"total_from": "many"}, {"hold": True}, "not a number"),
        ("R", {"total_to": "NaN"}, {"hold": True}, "not a number"),
        ("R", {"countries": ("USA",)}, {"hold": True}, "two letters"),
        ("R", {"statuses": ("GONE",)}, {"hold": True}, "no such status"),
        ("R", {"waited_hours": -1}, {"hold": True}, "hours"),
        ("R", {}, {"tags": ("a|b",)}, "A tag has"),
        ("R", {}, {"tags": ("x" * 31,)}, "A tag has"),
    ],
)
def test_a_rule_that_cannot_be_says_why(name: str, conditions: Any, actions: Any, words: str) -> None:
    with pytest.raises(rules.Wrong, match=words):
        rules.checked(name, Conditions(**conditions), Actions(**actions))


def test_tags_are_kept_once_each_and_come_back() -> None:
    assert rules.tags_stored(["VIP", "b2b", "vip"]) == "|VIP|b2b|"
    assert rules.tags_of("|VIP|b2b|") == ("VIP", "b2b")
    assert rules.tags_stored([]) == ""
    assert len(rules.tags_of(rules.tags_stored([str(n) for n in range(50)]))) == rules.MOST_TAGS
