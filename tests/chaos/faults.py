"""What is done while orders flow. Each function takes the lab and returns when its fault is over and undone."""

from __future__ import annotations

import ctypes
import resource
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import psycopg
import redis
import requests

from sandbox.stack import ROOT, SHOP_ID, wait_for
from tests.chaos.lab import SHORT, Lab

Fault = Callable[[Lab], None]


def nothing(lab: Lab) -> None:
    """No fault at all: what the others are compared with."""
    lab.flow_over.wait()


# -- processes -----------------------------------------------------------------------------------------------------------


def web_killed_between_storing_and_waking(lab: Lab) -> None:
    """Valkey is frozen, so each request stores its event and then hangs in waking; there the web is killed."""
    while lab.flowing:
        lab.pause(0.5, 2)
        lab.signal("valkey", signal.SIGSTOP)
        time.sleep(1.0)
        lab.kill("web")
        lab.signal("valkey", signal.SIGCONT)
        lab.begin("web")
        lab.pause(3, 4)


def worker_killed_at_any_moment(lab: Lab) -> None:
    while lab.flowing:
        lab.pause(1.5, 4)
        lab.kill("worker")
        lab.begin("worker")


#: Everywhere between two lines of the engine that write or call: before and after each of these.
BOUNDARIES = [
    *(f"step-{name}" for name in ("CreateInMagento", "CorrectInMagento", "InvoiceInMagento")),
    *(f"step-{name}" for name in ("WriteExternalReference", "CommentInMagento", "RefundInMagento")),
    *(f"step-{name}" for name in ("TellShipped", "CreditInMagento")),
    *(f"receipt-{name}" for name in ("magento_cart_id", "booking", "placed", "corrected", "invoiced")),
    *(f"receipt-{name}" for name in ("external_reference", "commented_status", "refunded")),
    *("take", "read", "document", "finish", "give-back"),
]


def worker_killed_at_every_boundary(lab: Lab) -> None:
    """One ticket a boundary: the first worker that comes there dies."""
    tickets = lab.folder / "tickets"
    tickets.mkdir(exist_ok=True)
    names = [f"{when}-{name}" for name in BOUNDARIES for when in ("before", "after")]
    if SHORT:
        names = lab.rng.sample(names, 8)
    lab.end("worker")
    lab.stack.inside = {"CHAOS_TICKETS": str(tickets)}
    for name in names:
        (tickets / name).touch()
    lab.begin("worker")
    lab.flow_over.wait()
    # As long as there is work left, somebody may still come by. (Their orders rest until the dead workers' leases end.)
    give_up = time.monotonic() + 45
    while time.monotonic() < give_up and any(tickets.iterdir()) and not lab.is_quiet(lab.states()):
        time.sleep(0.5)
    left = {ticket.name for ticket in tickets.iterdir()}
    for name in left:
        (tickets / name).unlink()
    lab.end("worker")
    lab.stack.inside = {}
    lab.begin("worker")
    # A cancelled order may have been cancelled before it was invoiced, so nobody needs to come by its refund.
    used = set(names) - left
    assert len(used) >= len(names) * (0.5 if SHORT else 0.8), f"nobody died at {sorted(left)}: this proves little"


CALLS = [
    ("magento", "GET", r"/products"),
    ("magento", "POST", r"/carts/$"),
    ("magento", "POST", r"/carts/\d+/items"),
    ("magento", "POST", r"/shipping-information"),
    ("magento", "PUT", r"/carts/\d+/order"),
    ("magento", "POST", r"/V1/orders$"),
    ("magento", "GET", r"/V1/orders/\d+$"),
    ("magento", "POST", r"/invoice"),
    ("magento", "POST", r"/comments"),
    ("magento", "POST", r"/refund"),
    ("magento", "GET", r"/shipments"),
    ("tiktok", "GET", r"/order/\d+/orders$"),
    ("tiktok", "POST", r"/orders/search"),
    ("tiktok", "POST", r"external_orders"),
    ("tiktok", "POST", r"/fulfillment/\d+/orders/\d+/packages"),
    ("tiktok", "POST", r"/returns/search"),
]


def worker_killed_inside_every_call(lab: Lab) -> None:
    """The call is made slow (before the work, or after it), and while the worker waits in it, it is killed."""
    calls = [(*call, kind) for call in CALLS for kind in ("delay", "after")]
    if SHORT:
        calls = lab.rng.sample(calls, 5)
    else:
        lab.rng.shuffle(calls)
    for side, method, path, kind in calls:
        lab.rules(side, {"kind": kind, "method": method, "path": path, "seconds": 1.0})
        give_up = time.monotonic() + 20
        while time.monotonic() < give_up and lab.flowing and not any(rule["hits"] for rule in lab.hits(side)):
            time.sleep(0.05)
        time.sleep(0.15)
        lab.kill("worker")
        lab.no_rules(side)
        lab.begin("worker")


def asked_to_stop_in_mid_job(lab: Lab) -> None:
    """SIGTERM to workers, web and scheduler in turn, as a platform does at each deployment."""
    while lab.flowing:
        for name in ("worker", "web", "scheduler"):
            lab.pause(1, 2)
            lab.end(name)
            lab.begin(name)


def two_schedulers(lab: Lab) -> None:
    lab.begin("scheduler2")
    lab.flow_over.wait()
    lab.end("scheduler2")


def everybody_at_once(lab: Lab) -> None:
    """Two workers, two polls and clicks on the same orders at the same time."""
    environment = lab.stack.environment
    flask = [sys.executable, "-m", "flask", "--app", "wsgi", "orders"]
    while lab.flowing:
        wait_for("an order", lambda: lab.placed)
        running = [
            subprocess.Popen(
                [*flask, *what], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            for what in (["fetch"], ["fetch"], ["sync", lab.placed[-1]], ["sync", lab.placed[-1]])
        ]
        for process in running:
            process.wait()


def migrated_while_running(lab: Lab) -> None:
    while lab.flowing:
        lab.stack.flask("db", "upgrade")
        lab.pause(0.5)


# -- Valkey --------------------------------------------------------------------------------------------------------------


def _valkey(lab: Lab) -> redis.Redis:
    return redis.Redis(port=lab.stack.ports["valkey"], socket_timeout=5)


def valkey_killed(lab: Lab) -> None:
    while lab.flowing:
        lab.pause(1, 4)
        lab.kill("valkey")
        lab.begin("valkey")


def valkey_flushed(lab: Lab) -> None:
    while lab.flowing:
        lab.pause(0.2, 1)
        try:
            _valkey(lab).flushall()
        except redis.RedisError:  # another fault of a mixture has it down
            continue


def valkey_full(lab: Lab) -> None:
    """Every write is refused: maxmemory below what it uses, nothing may be evicted."""
    client = _valkey(lab)
    client.config_set("maxmemory-policy", "noeviction")
    while lab.flowing:
        client.config_set("maxmemory", "1")
        lab.pause(5, 8)
        client.config_set("maxmemory", "0")
        lab.pause(3, 5)
    client.config_set("maxmemory", "0")


def valkey_gone_for_a_minute(lab: Lab) -> None:
    lab.pause(1)
    lab.kill("valkey")
    time.sleep(8 if SHORT else 60)
    lab.begin("valkey")


# -- the database ----------------------------------------------------------------------------------------------------------


def database_restarted(lab: Lab) -> None:
    """PostgreSQL's immediate shutdown: as after a power cut."""
    assert lab.cluster is not None
    while lab.flowing:
        lab.pause(2, 4)
        lab.cluster.stop()
        time.sleep(0.5)
        lab.cluster.start()


def database_locked(lab: Lab) -> None:
    """Somebody holds the write lock: on SQLite for longer than the connector's busy time-out (30 s)."""
    seconds = 6.0 if SHORT else 40.0
    lab.pause(1)
    if lab.kind == "sqlite":
        connection = sqlite3.connect(lab.folder / "connector.db", isolation_level=None, timeout=60)
        connection.execute("BEGIN IMMEDIATE")
        time.sleep(seconds)
        connection.execute("ROLLBACK")
        connection.close()
        return
    try:
        with psycopg.connect(lab.stack.database_url) as postgres:
            postgres.execute("LOCK TABLE orders, inbox_events IN ACCESS EXCLUSIVE MODE")
            time.sleep(seconds)
    except psycopg.OperationalError:
        return  # in a mixture the server was restarted, and with it the lock was gone


def database_out_of_connections(lab: Lab) -> None:
    """Somebody else has all the server's connections; the connector's own are cut."""
    lab.pause(1)
    hogs: list[psycopg.Connection[Any]] = []
    until = time.monotonic() + (6 if SHORT else 20)
    try:
        while time.monotonic() < until:
            try:
                hogs.append(psycopg.connect(lab.stack.database_url, autocommit=True))
            except psycopg.OperationalError:
                hogs[0].execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                    " AND application_name = '' AND pid <> ALL(%s)",
                    [[hog.info.backend_pid for hog in hogs]],
                )
                time.sleep(0.1)
    finally:
        for hog in hogs:
            hog.close()


def disk_full(lab: Lab) -> None:
    """No file of the connector's processes may grow any more; SQLite cannot write its log."""
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc is not None
    log = lab.folder / "connector.db-wal"

    def allow(size: int) -> None:
        for pid in lab.pids("web", "worker", "scheduler"):
            try:
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
            except ProcessLookupError:  # ended meanwhile
                continue

    lab.pause(1)
    until = time.monotonic() + (6 if SHORT else 20)
    while time.monotonic() < until:
        allow(max(4096, log.stat().st_size if log.exists() else 4096) // 2)
        time.sleep(0.3)
    allow(resource.RLIM_INFINITY)


# -- Magento ---------------------------------------------------------------------------------------------------------------


def magento_answers(*rules: Mapping[str, Any], on: float = 4, off: float = 3) -> Fault:
    """These rules are in force for some seconds, then not, again and again."""

    def fault(lab: Lab) -> None:
        while lab.flowing:
            lab.rules("magento", *({"times": None, **rule} for rule in rules))
            lab.pause(on)
            lab.no_rules("magento")
            lab.pause(off)

    return fault


UNAUTHORIZED = {"message": "The consumer isn't authorized to access %resources.", "parameters": {"resources": "x"}}

MAGENTO_FAULTS: dict[str, Fault] = {
    "magento_500": magento_answers({"kind": "status", "status": 500, "body": {"message": "Internal Error"}}),
    "magento_502": magento_answers({"kind": "html", "status": 502}),
    "magento_503": magento_answers({"kind": "status", "status": 503, "headers": {"Retry-After": "3"}}),
    "magento_429": magento_answers({"kind": "rate_limit", "headers": {"Retry-After": "2"}}),
    "magento_401": magento_answers({"kind": "status", "status": 401, "body": UNAUTHORIZED}),
    "magento_slow": magento_answers({"kind": "delay", "seconds": 1.5, "probability": 0.3}),
    "magento_html": magento_answers({"kind": "html", "status": 200}),
    "magento_truncated": magento_answers({"kind": "bad_json", "probability": 0.5}),
    "magento_cut": magento_answers({"kind": "cut", "probability": 0.5}),
    "magento_wrong_type": magento_answers({"kind": "wrong_type", "probability": 0.5}),
    "magento_drops": magento_answers({"kind": "drop", "probability": 0.5}),
}


def magento_times_out(kind: str) -> Fault:
    """Some calls outlast the connector's patience (20 s): the work was done ("after"), or is done later ("before_slow")."""

    def fault(lab: Lab) -> None:
        lab.pause(1)
        paths = [r"/carts/\d+/order", r"/V1/orders$", r"/invoice", r"/comments"]
        lab.rules(
            "magento",
            *({"kind": kind, "seconds": 21.5, "path": path} for path in (paths[:1] if SHORT else paths)),
        )
        lab.flow_over.wait()
        # The clock of the healing starts when the last of them is over.
        give_up = time.monotonic() + 25
        while time.monotonic() < give_up and not all(rule["hits"] for rule in lab.hits("magento")):
            time.sleep(0.2)
        lab.no_rules("magento")
        time.sleep(22)

    return fault


# -- TikTok ----------------------------------------------------------------------------------------------------------------


def tiktok_answers(*rules: Mapping[str, Any]) -> Fault:
    def fault(lab: Lab) -> None:
        while lab.flowing:
            lab.rules(
                "tiktok",
                *({"times": None, "path": r"^/(order|authorization|return_refund|fulfillment)", **r} for r in rules),
            )
            lab.pause(4)
            lab.no_rules("tiktok")
            lab.pause(3)

    return fault


def tiktok_token_expires(lab: Lab) -> None:
    while lab.flowing:
        lab.pause(1, 3)
        lab.stack.post("tiktok", f"shops/{SHOP_ID}/expire_tokens")


def tiktok_token_revoked(lab: Lab) -> None:
    """The seller leaves, and comes back some time later with new tokens."""
    lab.pause(2)
    lab.stack.post("tiktok", f"shops/{SHOP_ID}/deauthorize")
    time.sleep(5)
    code = lab.stack.post("tiktok", f"shops/{SHOP_ID}/authorize")["code"]
    wanted = {
        "app_key": lab.stack.environment["TIKTOK_APP_KEY"],
        "app_secret": lab.stack.environment["TIKTOK_APP_SECRET"],
        "auth_code": code,
        "grant_type": "authorized_code",
    }
    tokens = requests.get(f"{lab.stack.url('tiktok')}/api/v2/token/get", params=wanted, timeout=10).json()["data"]
    lab.stack.flask(
        *("shops", "add", "--shop-id", SHOP_ID, "--name", "Sandbox Shop", "--region", "US", "--cipher", "ROW_sandbox"),
        *("--access-token", tokens["access_token"], "--refresh-token", tokens["refresh_token"]),
        *("--expires-at", str(tokens["access_token_expire_in"])),
    )


def clock_ten_minutes_off(lab: Lab) -> None:
    """All of the connector's processes are ahead by ten minutes, and then right again."""
    for seconds in (600,) if SHORT else (600, -600):
        for name in ("web", "worker", "scheduler"):
            lab.end(name)
        lab.stack.inside = {"CHAOS_CLOCK": str(seconds)}
        for name in ("web", "worker", "scheduler"):
            lab.begin(name)
        lab.pause(8 if SHORT else 60)
    for name in ("web", "worker", "scheduler"):
        lab.end(name)
    lab.stack.inside = {}
    for name in ("web", "worker", "scheduler"):
        lab.begin(name)


# -- webhooks --------------------------------------------------------------------------------------------------------------


def webhooks(**settings: Any) -> Fault:
    """Webhooks are delivered in this way while orders flow; what was held back comes at the end."""

    def fault(lab: Lab) -> None:
        lab.webhooks(**settings)
        lab.flow_over.wait()
        lab.webhooks(copies=1, shuffle_seconds=0, drop=0)
        lab.stack.post("tiktok", "webhooks/flush", {"shuffle": True})

    return fault


# -- together --------------------------------------------------------------------------------------------------------------


def together(*faults: Fault) -> Fault:
    """Several faults at the same time, each in its own thread."""

    def fault(lab: Lab) -> None:
        errors: list[BaseException] = []

        def one(each: Fault) -> None:
            try:
                each(lab)
            except BaseException as error:
                errors.append(error)
                lab.flow_over.set()

        threads = [threading.Thread(target=one, args=(each,)) for each in faults]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if errors:
            raise errors[0]

    return fault
