"""`searchCriteria`: filter groups (and), filters in a group (or), sort orders, pages (recordings 03, 30, 46, 58, 59, 92, 94)."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from sandbox.magento.errors import ApiError, required

_KEY = re.compile(r"\[([^\]]*)\]")
_SQL = {
    "eq": "=",
    "neq": "!=",
    "gt": ">",
    "gteq": ">=",
    "from": ">=",
    "lt": "<",
    "lteq": "<=",
    "to": "<=",
    "like": "LIKE",
}

Row = Mapping[str, Any]
T = TypeVar("T")


@dataclass(frozen=True)
class Filter:
    field: str
    value: str
    condition: str


@dataclass(frozen=True)
class Criteria:
    groups: list[list[Filter]] = field(default_factory=list)
    sorts: list[tuple[str, bool]] = field(default_factory=list)
    """Field and whether ascending."""
    page_size: int | None = None
    current_page: int | None = None

    def as_answered(self) -> dict[str, Any]:
        """`search_criteria` of the answer (recording 46)."""
        answer: dict[str, Any] = {
            "filter_groups": [
                {"filters": [{"field": f.field, "value": f.value, "condition_type": f.condition} for f in group]}
                for group in self.groups
            ]
        }
        if self.sorts:
            answer["sort_orders"] = [{"field": n, "direction": "ASC" if up else "DESC"} for n, up in self.sorts]
        if self.page_size is not None:
            answer["page_size"] = self.page_size
        if self.current_page is not None:
            answer["current_page"] = self.current_page
        return answer


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def parse(query: Iterable[tuple[str, str]]) -> Criteria:
    """Read the query's pairs. Raises ApiError 400 where `searchCriteria` is missing or a number is none."""
    tree: dict[str, Any] = {}
    seen = False
    for key, value in query:
        if not key.startswith(("searchCriteria", "search_criteria")):
            continue
        seen = True
        branch = tree
        path = [_snake(part) if not part.isdigit() else part for part in _KEY.findall(key)]
        for part in path[:-1]:
            inner = branch.setdefault(part, {})
            branch = inner if isinstance(inner, dict) else {}
        if path:
            branch[path[-1]] = value
    if not seen:
        raise required("searchCriteria")
    groups = [
        [
            Filter(f.get("field", ""), f.get("value", ""), f.get("condition_type", "eq"))
            for f in _in_order(group.get("filters"))
        ]
        for group in _in_order(tree.get("filter_groups"))
    ]
    sorts = [
        (s.get("field", ""), s.get("direction", "ASC").upper() != "DESC") for s in _in_order(tree.get("sort_orders"))
    ]
    return Criteria(groups, sorts, _number(tree.get("page_size")), _number(tree.get("current_page")))


def _in_order(branch: Any) -> list[dict[str, Any]]:
    return [b for _, b in sorted(branch.items(), key=lambda kv: kv[0].zfill(4))] if isinstance(branch, dict) else []


def _number(text: str | None) -> int | None:
    if text is None or text == "":
        return None
    if not text.isdigit():
        message = 'The "%value" value\'s type is invalid. The "%type" type was expected. Verify and try again.'
        raise ApiError(400, message, {"value": text, "type": "int"})
    return int(text)


def _comparable(value: Any, text: str) -> tuple[Any, Any]:
    """Column and text as numbers where the column is one, else as MySQL's case-insensitive strings."""
    if isinstance(value, int | Decimal):
        try:
            return Decimal(value), Decimal(text)
        except InvalidOperation:
            return Decimal(value), Decimal(0)
    return str(value).casefold(), text.casefold()


def _like(value: str, pattern: str) -> bool:
    expression = "".join(".*" if c == "%" else "." if c == "_" else re.escape(c) for c in pattern)
    return re.fullmatch(expression, value, re.IGNORECASE | re.DOTALL) is not None


def matches(row: Row, one: Filter) -> bool:
    """Whether the row passes one filter; null passes only `null` (and `nin`'s opposite), as in SQL."""
    value = row.get(one.field)
    condition = one.condition
    if condition == "null":
        return value is None
    if condition == "notnull":
        return value is not None
    if value is None:
        return False
    if condition in ("in", "nin"):
        found = any(a == b for a, b in (_comparable(value, part) for part in one.value.split(",")))
        return found == (condition == "in")
    if condition in ("like", "nlike"):
        return _like(str(value), one.value) == (condition == "like")
    a, b = _comparable(value, one.value)
    compare: dict[str, Callable[[], bool]] = {
        "eq": lambda: a == b,
        "neq": lambda: a != b,
        "gt": lambda: a > b,
        "gteq": lambda: a >= b,
        "from": lambda: a >= b,
        "moreq": lambda: a >= b,
        "lt": lambda: a < b,
        "lteq": lambda: a <= b,
        "to": lambda: a <= b,
    }
    if condition not in compare:
        raise ApiError(400, "Invalid condition type: %1", [condition])
    return compare[condition]()


def _sort_key(value: Any) -> tuple[bool, Any]:
    return (False, 0) if value is None else (True, value)


def unknown_column(table: str, one: Filter) -> ApiError:
    """Recording 94: an unknown filter field is a 500 with the SQL in it."""
    if one.condition in ("in", "nin"):
        values = ", ".join(f"'{part}'" for part in one.value.split(","))
        where = f"`{one.field}` {'NOT ' if one.condition == 'nin' else ''}IN({values})"
    else:
        where = f"`{one.field}` {_SQL.get(one.condition, '=')} '{one.value}'"
    # the text that Magento shows; nothing here runs SQL
    query = "".join(("SELECT `main_table`.* FROM `", table, "` AS `main_table` WHERE ((", where, "))"))
    message = f"SQLSTATE[42S22]: Column not found: 1054 Unknown column '{one.field}' in 'WHERE', query was: {query}"
    return ApiError(500, message, code=42)


def select(
    records: Iterable[T],
    criteria: Criteria,
    row_of: Callable[[T], Row],
    unknown: Callable[[Filter], ApiError],
    columns: Iterable[str],
) -> tuple[list[T], int]:
    """The page of records that the criteria ask for, and how many there are in all.

    A page behind the last one gives the last one again, as Magento's collections do.
    """
    known = set(columns)
    for group in criteria.groups:
        for one in group:
            if one.field not in known:
                raise unknown(one)
    found = [r for r in records if all(any(matches(row_of(r), f) for f in group) for group in criteria.groups if group)]
    for name, ascending in reversed(criteria.sorts):
        # null sorts first, as in MySQL
        found.sort(key=lambda r: _sort_key(row_of(r).get(name)), reverse=not ascending)
    total = len(found)
    size = criteria.page_size
    if size:
        last = max(1, -(-total // size))
        page = min(max(criteria.current_page or 1, 1), last)
        found = found[(page - 1) * size : page * size]
    return found, total
