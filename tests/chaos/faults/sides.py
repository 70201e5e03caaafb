"""Faults of the two sides and of what is between: Magento, TikTok Shop, and its webhooks."""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping
from typing import Any

import requests

from sandbox.stack import SHOP_ID, wait_for
from tests.chaos.faults.again import Fault, again_and_again
from tests.chaos.lab import Lab
from tests.chaos.measures import SHORT
from tests.chaos.rules import Rules


def answers(side: str, *faults: Mapping[str, Any], on: float = 4, off: float = 3) -> Fault:
    """These rules are in force for some seconds, then not, again and again; each of them has to strike."""

    def fault(lab: Lab) -> None:
        rules = lab.rules(side, *({"times": None, **each} for each in faults))
        while lab.flowing:
            rules.begin()
            lab.pause(on)
            rules.end()
            lab.pause(off)
        rules.must_have_struck()

    return fault


# -- Magento ---------------------------------------------------------------------------------------------------------------

UNAUTHORIZED = {"message": "The consumer isn't authorized to access %resources.", "parameters": {"resources": "x"}}

MAGENTO: dict[str, Fault] = {
    "magento_500": answers("magento", {"kind": "status", "status": 500, "body": {"message": "Internal Error"}}),
    "magento_502": answers("magento", {"kind": "html", "status": 502}),
    "magento_503": answers("magento", {"kind": "status", "status": 503, "headers": {"Retry-After": "3"}}),
    "magento_429": answers("magento", {"kind": "rate_limit", "headers": {"Retry-After": "2"}}),
    "magento_401": answers("magento", {"kind": "status", "status": 401, "body": UNAUTHORIZED}),
    "magento_slow": answers("magento", {"kind": "delay", "seconds": 1.5, "probability": 0.3}),
    "magento_html": answers("magento", {"kind": "html", "status": 200}),
    "magento_truncated": answers("magento", {"kind": "bad_json", "probability": 0.5}),
    "magento_cut": answers("magento", {"kind": "cut", "probability": 0.5}),
    "magento_wrong_type": answers("magento", {"kind": "wrong_type", "probability": 0.5}),
    "magento_drops": answers("magento", {"kind": "drop", "probability": 0.5}),
}

#: Seconds: longer than the connector's patience with a call (20).
TOO_LONG = 21.5
#: The writing calls: what is done twice, or not at all, is seen in the books. Which side, and the call.
WRITES = [
    ("magento", "PUT", r"/carts/\d+/order"),
    ("magento", "POST", r"/V1/orders$"),
    ("magento", "POST", r"/invoice"),
    ("magento", "POST", r"/refund"),
    ("magento", "POST", r"/comments"),
    ("magento", "POST", r"/carts/$"),
    ("magento", "POST", r"/carts/\d+/items"),
    ("tiktok", "POST", r"/fulfillment/\d+/orders/\d+/packages"),
    ("tiktok", "POST", r"external_orders"),
]


#: Every call hangs for longer than the connector's patience, and is then done all the same: so both workers, were it not for
#: connector.sync.resting.
magento_hangs = answers("magento", {"kind": "delay", "seconds": TOO_LONG}, on=30, off=20)


def times_out(kind: str) -> Fault:
    """Some calls outlast the connector's patience: the work was done ("after"), or is done later ("before_slow").

    One after the other, since each keeps one of the two workers for 20 s; each once at least, and on and on until the flow
    ends. In short only the one that matters most.
    """

    def fault(lab: Lab) -> None:
        writes = WRITES[:1] if SHORT else WRITES
        rules = [
            lab.rules(side, {"kind": kind, "seconds": TOO_LONG, "method": method, "path": path})
            for side, method, path in writes
        ]
        with lab.orders_flow_on():
            for each in rules:
                _strike_once(lab, each)
                assert sum(each.hits), f"nobody called {each}"
        for each in itertools.cycle(rules):
            if not lab.flowing:
                break
            _strike_once(lab, each)
        # The clock of the healing starts when the last of them is over.
        time.sleep(TOO_LONG)

    return fault


def _strike_once(lab: Lab, rules: Rules) -> None:
    struck = sum(rules.hits)
    rules.begin()
    lab.sees(lambda: sum(rules.hits) > struck or not lab.flowing, within=90)
    rules.end()
    lab.pause(TOO_LONG, TOO_LONG + 5)


# -- TikTok ----------------------------------------------------------------------------------------------------------------


def tiktok_answers(fault: Mapping[str, Any]) -> Fault:
    return answers("tiktok", {"path": r"^/(order|authorization|return_refund|fulfillment)", **fault})


def _tokens_expire(lab: Lab) -> int:
    """How many were fetched anew: counted by a rule that changes nothing."""
    counter = lab.rules("tiktok", {"kind": "delay", "times": None, "path": "/token/refresh"})
    counter.begin()
    lab.stack.post("tiktok", f"shops/{SHOP_ID}/expire_tokens")
    lab.sees(lambda: sum(counter.hits), within=10)
    counter.end()
    return sum(counter.hits)


tiktok_token_expires = again_and_again(_tokens_expire, 1, 3)


def _token_revoked(lab: Lab) -> int:
    """The seller leaves, and comes back some time later with new tokens."""
    lab.stack.post("tiktok", f"shops/{SHOP_ID}/deauthorize")
    left = "SELECT count(*) FROM shops WHERE state = 'deauthorized'"
    lab.sees(lambda: lab.stack.database(left), within=15)
    seen = lab.stack.database(left)
    time.sleep(3)
    code = lab.stack.post("tiktok", f"shops/{SHOP_ID}/authorize")["code"]
    wanted = {
        "app_key": lab.stack.environment["TIKTOK_APP_KEY"],
        "app_secret": lab.stack.environment["TIKTOK_APP_SECRET"],
        "auth_code": code,
        "grant_type": "authorized_code",
    }
    tokens = requests.get(f"{lab.stack.url('tiktok')}/api/v2/token/get", params=wanted, timeout=10).json()["data"]
    connect = (
        *("shops", "add", "--shop-id", SHOP_ID, "--name", "Sandbox Shop", "--region", "US", "--cipher", "ROW_sandbox"),
        *("--access-token", tokens["access_token"], "--refresh-token", tokens["refresh_token"]),
        *("--expires-at", str(tokens["access_token_expire_in"])),
    )
    # In a mixture the database may be away just now.
    wait_for(
        "the shop to be connected again", lambda: lab.stack.flask(*connect, check=False).returncode == 0, within=60
    )
    return seen


tiktok_token_revoked = again_and_again(_token_revoked, 2 if SHORT else 20)


# -- webhooks --------------------------------------------------------------------------------------------------------------


def webhooks(**settings: Any) -> Fault:
    """Webhooks are delivered in this way while orders flow; what was held back comes at the end, and is taken."""

    def fault(lab: Lab) -> None:
        before = lab.stack.webhooks()["summary"]
        lab.stack.post("tiktok", "webhooks/settings", settings)
        lab.flow_over.wait()
        lab.stack.post(
            "tiktok", "webhooks/settings", {"copies": 1, "shuffle_seconds": 0, "drop": 0, "backdated_seconds": 0}
        )
        flushed = lab.stack.post("tiktok", "webhooks/flush", {"shuffle": True})["flushed"]
        wait_for("all webhooks to be delivered", lambda: not lab.stack.webhooks_pending(), within=60)
        after = lab.stack.webhooks()["summary"]
        assert after["gave_up"] == before["gave_up"], f"webhooks were given up: {after}"
        assert flushed or not settings.get("hold"), "no webhook was held back"
        assert after["dropped"] > before["dropped"] or not settings.get("drop"), "no webhook was lost"

    return fault
