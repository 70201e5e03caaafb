"""What /metrics shows: what stands in the database and the queue right now, and what all processes have counted so far."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import timedelta

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from redis.exceptions import RedisError
from sqlalchemy import func, select

from connector import clock
from connector.domain.statuses import SyncState
from connector.extensions import db, queue
from connector.models import FetchRun, InboxEvent, Order, Reconciliation, Shop, Store
from connector.models.fetch import FAILED as FETCH_FAILED
from connector.models.inbox import FAILED, IS_SET_ASIDE, NEW, waits_since
from connector.models.order import WAITS_SINCE
from connector.models.reconcile import FAILED as RECONCILIATION_FAILED
from connector.models.shop import ACTIVE, DISCONNECTED, is_sold_for, looked_for_since
from connector.sync import metrics, reconcile

DAY = timedelta(days=1)


class Collector:
    """Read anew at each request; for a registry of its own."""

    def collect(self) -> Iterator[Metric]:
        yield from _orders()
        yield from _events()
        yield from _differences()
        yield from _connections()
        yield from _queue()
        yield from _counted()


def _gauge(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, words, value=value)


def _orders() -> Iterator[Metric]:
    counts: dict[str, int] = dict(
        db.session.execute(select(Order.sync_state, func.count()).group_by(Order.sync_state)).all()
    )
    states = GaugeMetricFamily("connector_orders", "Orders by sync state", labels=["state"])
    for state in SyncState.ALL:
        states.add_metric([state], counts.get(state, 0))
    yield states
    due = (db.session.scalar(select(func.min(Order.due_at))), db.session.scalar(waits_since()))
    oldest = min((at for at in due if at), default=None)
    late = max(0.0, (clock.now() - oldest).total_seconds()) if oldest else 0.0
    yield _gauge(
        "connector_oldest_due_seconds",
        "For how long the order that is due the longest, or a webhook event that nobody has come to, has waited",
        late,
    )
    since = db.session.scalar(select(func.min(WAITS_SINCE)).where(Order.sync_state == SyncState.PENDING))
    age = max(0.0, (clock.now() - since).total_seconds()) if since else 0.0
    yield _gauge(
        "connector_oldest_pending_seconds", "For how long the oldest order that is not in order yet has waited", age
    )


def _events() -> Iterator[Metric]:
    # Only what is not done: few rows, found by their indexes; what was done is counted in connector_events_total.
    states = GaugeMetricFamily(
        "connector_inbox_events", "Webhook events that are not handled, by state", labels=["state"]
    )
    count = select(func.count()).select_from(InboxEvent)
    states.add_metric([NEW], db.session.scalar(count.where(InboxEvent.state == NEW)) or 0)
    states.add_metric([FAILED], db.session.scalar(count.where(IS_SET_ASIDE, InboxEvent.state == FAILED)) or 0)
    yield states
    for name, model, failed in (
        ("connector_failed_fetches", FetchRun, FETCH_FAILED),
        ("connector_failed_reconciliations", Reconciliation, RECONCILIATION_FAILED),
    ):
        of_today = (
            select(func.count())
            .select_from(model)
            .join(Shop, Shop.id == model.shop_id)
            .where(model.state == failed, model.finished_at > clock.now() - DAY, Shop.state != DISCONNECTED)
        )
        yield _gauge(
            name, f"Runs that failed in the last 24 hours: {name.rpartition('_')[2]}", db.session.scalar(of_today) or 0
        )


def _differences() -> Iterator[Metric]:
    left = GaugeMetricFamily(
        "connector_unrepaired_differences",
        "Differences that are left to a person, and that no later reconciliation has compared again",
        labels=["connection"],
    )
    for shop_id, count in reconcile.left_to_people().items():
        left.add_metric([str(shop_id)], count)
    yield left


def _connections() -> Iterator[Metric]:
    now = clock.now()
    ages = GaugeMetricFamily(
        "connector_last_success_seconds", "Time since a shop or store last answered", labels=["side", "connection"]
    )
    active = GaugeMetricFamily("connector_shop_active", "1: the shop is authorized", labels=["connection"])
    looks = GaugeMetricFamily(
        "connector_last_look_seconds",
        "Time since a shop was polled for orders or returns, or a store watched, to the end",
        labels=["side", "connection", "kind"],
    )
    polled = (Shop.last_poll_at, Shop.last_aftersales_poll_at)
    columns = (Shop.id, Shop.state, *polled, Shop.last_ok_at, Shop.authorized_at, Shop.created_at)
    # One that was disconnected on purpose is nobody's concern.
    for shop in db.session.execute(select(*columns).where(Shop.state != DISCONNECTED)):
        active.add_metric([str(shop.id)], float(shop.state == ACTIVE))
        if shop.state != ACTIVE:
            continue  # not asked: connector_shop_active tells of it
        last = max((at for at in (shop.last_poll_at, shop.last_ok_at) if at), default=None)
        if last is not None:
            ages.add_metric(["shop", str(shop.id)], (now - last).total_seconds())
        for kind, at in (("orders", shop.last_poll_at), ("returns", shop.last_aftersales_poll_at)):
            looked_at = looked_for_since(at, shop.created_at, shop.authorized_at)
            looks.add_metric(["shop", str(shop.id), kind], (now - looked_at).total_seconds())
    stores = select(Store.id, Store.last_ok_at, Store.last_watch_at, Store.created_at).where(is_sold_for())
    for store in db.session.execute(stores):
        if store.last_ok_at is not None:
            ages.add_metric(["store", str(store.id)], (now - store.last_ok_at).total_seconds())
        looked_at = store.last_watch_at or store.created_at
        looks.add_metric(["store", str(store.id), "orders"], (now - looked_at).total_seconds())
    yield from (ages, looks, active)


def _queue() -> Iterator[Metric]:
    try:
        queue.check()
        length, workers = float(queue.queue.count), float(queue.workers())
    except RedisError:
        length = workers = float("nan")
    yield _gauge("connector_queue_jobs", "Jobs waiting in the queue (NaN: the queue is away or full)", length)
    yield _gauge("connector_workers", "Workers at the queue (NaN: the queue is away or full)", workers)


def _counted() -> Iterator[Metric]:
    stored = metrics.stored()
    for name, words in metrics.COUNTERS.items():
        samples = stored.get(name, {})
        label_names = _label_names(samples)
        family = CounterMetricFamily(name, words, labels=label_names)
        for labels, value in samples.items():
            family.add_metric([dict(labels).get(label, "") for label in label_names], value)
        yield family
    for name, words in metrics.HISTOGRAMS.items():
        yield _histogram(name, words, stored.get(f"{name}_bucket", {}), stored.get(f"{name}_sum", {}))


def _label_names(samples: Iterable[metrics.Labels]) -> list[str]:
    return sorted({label for labels in samples for label, _ in labels})


def _histogram(
    name: str, words: str, buckets: dict[metrics.Labels, float], sums: dict[metrics.Labels, float]
) -> HistogramMetricFamily:
    by_series: dict[metrics.Labels, dict[str, float]] = defaultdict(dict)
    for labels, value in buckets.items():
        series = tuple((label, said) for label, said in labels if label != "le")
        by_series[series][dict(labels)["le"]] = value
    label_names = _label_names(sums)
    family = HistogramMetricFamily(name, words, labels=label_names)
    for series, counts in by_series.items():
        total = 0.0
        cumulated = []
        for bound in (*map(str, metrics.BUCKETS), "+Inf"):
            total += counts.get(bound, 0)
            cumulated.append((bound, total))
        values = [dict(series).get(label, "") for label in label_names]
        family.add_metric(values, cumulated, sum_value=sums.get(series, 0.0))
    return family
