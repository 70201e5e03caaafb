"""Dashboard, alerts, runbooks and metrics name the same things."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from connector import clock
from connector.sync import metrics
from tests import factories

DOCS = Path(__file__).parent.parent / "docs"
ALERTS = (DOCS / "monitoring/alerts.yml").read_text()
DASHBOARD = (DOCS / "monitoring/dashboard.json").read_text()


def shown(client: FlaskClient) -> set[str]:
    factories.make_shop()
    told = set(re.findall(r"^# TYPE (\w+)", client.get("/metrics").get_data(as_text=True), re.M))
    histograms = {f"{name}_bucket" for name in metrics.HISTOGRAMS}
    return told | histograms | {f"{name}_total" for name in metrics.COUNTERS}


def test_alerts_and_dashboard_name_only_metrics_that_there_are(client: FlaskClient) -> None:
    there = shown(client)
    for text in (ALERTS, DASHBOARD):
        named = set(re.findall(r"\bconnector_\w+", text))
        assert named and named <= there, named - there


def test_the_readme_describes_every_metric(client: FlaskClient) -> None:
    described = set(re.findall(r"connector_\w+", (DOCS / "monitoring/README.md").read_text()))
    for name in shown(client):
        if not name.endswith(("_bucket", "_total")) and name.startswith("connector_"):
            assert name in described or f"{name}_total" in described, name


def test_every_alert_has_a_runbook() -> None:
    runbooks = set(re.findall(r"^### (\w+)$", (DOCS / "operations.md").read_text(), re.M))
    alerts = set(re.findall(r"- alert: (\w+)", ALERTS))
    assert alerts and alerts == runbooks


def test_an_order_that_has_been_tried_for_hours_rings_before_it_is_given_up(client: FlaskClient) -> None:
    """It is neither late (its next try is due in some minutes) nor in Error."""
    now = clock.now()
    since, due_at = now - timedelta(hours=3), now + timedelta(minutes=4)
    shop = factories.make_shop(last_poll_at=now, last_aftersales_poll_at=now)
    factories.make_order(shop, row={"sync_state": "pending", "failing_since": since, "due_at": due_at, "attempts": 40})
    told = {
        f"{sample.name}{''.join(sample.labels.values())}": sample.value
        for family in text_string_to_metric_families(client.get("/metrics").get_data(as_text=True))
        for sample in family.samples
    }
    rules = re.findall(r'- alert: (\w+)\s+expr: (\w+)(?:\{state="(\w+)"\})? > (\d+)\n', ALERTS)
    assert len(rules) > 5
    ringing = [alert for alert, name, state, most in rules if told.get(f"{name}{state}", 0) > float(most)]
    assert ringing == ["OrdersKeepFailing"]


def test_the_dashboard_is_json_with_queries() -> None:
    panels = json.loads(DASHBOARD)["panels"]
    assert all(target["expr"] for panel in panels for target in panel["targets"])
