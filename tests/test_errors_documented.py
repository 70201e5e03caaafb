"""The one list of reasons has every error that an order can stand in and every reason to wait; docs/errors.md is it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from connector.domain import statuses
from connector.domain.explained import GROUPS
from connector.domain.statuses import SyncState
from connector.models.inbox import UNKNOWN_SHOP
from scripts.reasons import page

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = (ROOT / "docs" / "errors.md").read_text()
#: Codes that never reach an order: they end in a form, a log line or a new look at both sides (Conflict).
NOT_OF_ORDERS = {"mail_failed", "notice_refused"}
CODE = re.compile(r"[a-z]+(_[a-z]+)*")


def _text(node: ast.expr | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _in_source() -> tuple[set[str], set[str]]:
    """(error codes, reasons to wait) as they stand in the connector's source."""
    errors: set[str] = set()
    waits: set[str] = set()
    for path in (ROOT / "connector").rglob("*.py"):
        if "blueprints" in path.parts or path.name.startswith("explained"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            first = _text(node.args[0]) if node.args else ""
            errors |= {_text(keyword.value) for keyword in node.keywords if keyword.arg == "code"}
            if name == "AskMerchant":
                errors.add(first)
            if name == "Wait":
                waits.add(first)
        if path.parent.name in {"magento", "tiktok"}:
            errors |= set(re.findall(r'"((?:magento|tiktok)_[a-z_]+)"', path.read_text()))
    products = (ROOT / "connector" / "domain" / "product_problems.py").read_text()
    errors |= set(re.findall(r'^[A-Z_]+ = "([a-z_]+)"$', products, re.M))
    http = (ROOT / "connector" / "http.py").read_text()
    errors |= set(re.findall(r'"(?:connect|tls|timeout|cut|too_large)": "([a-z_]+)"', http))
    return {code for code in errors if CODE.fullmatch(code)} - NOT_OF_ORDERS, waits - {""}


def _codes(*keys: str) -> set[str]:
    return {reason.code for group in GROUPS if group.key in keys for reason in group.reasons}


def test_every_reason_to_wait_is_explained() -> None:
    assert _codes("waits") == _in_source()[1]


def test_every_error_is_explained() -> None:
    assert _codes("merchants", "retried", "between") == _in_source()[0]


def test_what_nobody_works_on_is_explained() -> None:
    assert _codes("stopped") == {SyncState.IGNORED, statuses.CANCELLED.lower(), UNKNOWN_SHOP}


def test_every_reason_says_what_to_do_in_whole_sentences() -> None:
    reasons = [reason for group in GROUPS for reason in group.reasons]
    assert [reason.code for reason in reasons if not reason.what.endswith(".") or not reason.todo.endswith(".")] == []
    assert [reason.code for reason in reasons if "|" in reason.what + reason.todo] == []


def test_the_document_is_written_from_the_same_list() -> None:
    """Write it anew: python -m scripts.reasons."""
    assert page(DOCUMENT) == DOCUMENT
