"""docs/errors.md lists every error that an order can stand in, and every reason to wait; no more and no less."""

from __future__ import annotations

import ast
import re
from pathlib import Path

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
        if "blueprints" in path.parts:
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


def _documented(heading: str) -> set[str]:
    part = DOCUMENT.split(f"## {heading}", 1)[1].split("\n## ", 1)[0]
    return set(re.findall(r"^\| `([a-z_]+)` \|", part, re.M))


def test_every_reason_to_wait_is_explained() -> None:
    assert _documented("The order waits") == _in_source()[1]


def test_every_error_is_explained() -> None:
    documented = (
        _documented("Only you can solve it") | _documented("It goes on by itself") | _documented("Seen in between")
    )
    assert documented == _in_source()[0]


def test_every_row_says_what_to_do() -> None:
    rows = [line for line in DOCUMENT.splitlines() if re.match(r"^\| `[a-z_]+` \|", line)]
    assert rows
    assert [line for line in rows if len([cell for cell in line.split("|")[1:-1] if cell.strip()]) < 3] == []
