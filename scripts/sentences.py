"""Finds what Python says to people: the sentences of errors, remedies, timeline lines, checks, labels.

Babel's own extractor knows calls of gettext. The engine makes its sentences in English with f-strings and stores them;
this one gives each as a msgid with named places, such as "Magento has no product with SKU %(sku)s.", which is what
`connector.i18n.t` looks for when a stored sentence is shown. `babel.cfg` names it; `make translations` runs it.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from babel.messages.extract import extract_python

Message = tuple[int, str, Any, list[str]]

#: Files whose strings people of the panel never read: the command line, the API and other machines, tables of names.
SILENT = re.compile(
    r"(^|/)(i18n|cli\w*|config|logs|queue|redaction|error_reports|clock)\.py$"
    r"|/blueprints/(api|health|webhooks)/|/models/(?!token|user)"
    r"|/domain/(region_names|carriers|countries|person_names|postal)\.py$"
    r"|/sync/(keys|metrics|lease|workers|queue)\.py$|/tiktok/(values|signing)\.py$|/magento/(read|search)\.py$"
)
#: Calls whose arguments are for logs and developers.
SILENT_CALLS = {
    *("debug", "info", "warning", "exception", "log", "getLogger", "RuntimeError", "TypeError", "AssertionError"),
    *("text", "compile", "search", "fullmatch", "mapped_column", "Index", "strptime", "url_for", "get_logger"),
}
GETTEXT = {"_", "gettext", "ngettext", "lazy_gettext", "pgettext", "N_"}
#: What looks like a sentence but is SQL, a pattern, a header, a field of an API.
CODE = re.compile(
    r"charset=|filename=|'self'|'none'|^default-src|IS (NOT )?NULL|^SELECT|^PRAGMA|^BEGIN|SET NULL|MATCH :|^NOT \w+$"
    r"|\\[bdwsW]|\|\w|\[\]|^items\[|^payment\.|max-age=|no-cache|no-store|camera=|^Bearer "
    r"|state = |_state = |state IN|waiting_for = "
)
#: Where tables of labels are: there a capitalised word alone is a text too.
LABELS = re.compile(
    r"/blueprints/(?!auth/views|limits)|/magento/choices\.py$|/domain/(marks|rules|settlement|edited_address|deciding|explained(_passing)?)\.py$"
    r"|/sync/(bulk|aftersales_rows|store_checks|channels|notify|deciding|finance)\.py$"
)
LABEL = re.compile(r"(?!(Cookie|Field|Group|Kind|Hms?|Lax|Letter|Date)$)([A-Z][a-z]+(-[a-z]+)?\.?|SKUs)")
LETTER = re.compile(r"[^\W\d_]")
WORD = re.compile(r"[^\W\d_]{2,}")
PLACE = re.compile(r"%\(\w+\)s")
MOST_FORMS = 12


def sentences(fileobj: BinaryIO, keywords: Any, comment_tags: Any, options: Any) -> Iterator[Message]:
    """Babel's protocol: (line, function, message, comments) for each message of a file."""
    path = getattr(fileobj, "name", "")
    yield from extract_python(fileobj, keywords, comment_tags, options)
    if SILENT.search(path):
        return
    fileobj.seek(0)
    tree = ast.parse(fileobj.read())
    for line, message in _of(tree):
        yield line, "", message, []
    if LABELS.search(path):
        for node in ast.walk(tree):
            if isinstance(node, ast.keyword) and node.arg in {"unit", "label"}:
                node, is_label = node.value, True
            else:
                is_label = False
            if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
                continue
            if LABEL.fullmatch(node.value) or (is_label and LETTER.search(node.value)):
                yield node.lineno, "", node.value, []


def _of(node: ast.AST) -> Iterator[tuple[int, str]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            continue  # a docstring
        if isinstance(child, ast.Call) and _called(child) in SILENT_CALLS | GETTEXT:
            continue
        if _is_text(child):
            for form in _forms(child)[:MOST_FORMS]:
                message = _named(form)
                if _is_for_people(message):
                    yield child.lineno, message
            yield from _inside(child)
            continue
        yield from _of(child)


def _called(call: ast.Call) -> str:
    return str(getattr(call.func, "attr", getattr(call.func, "id", "")))


def _inside(node: ast.AST) -> Iterator[tuple[int, str]]:
    """The texts in the values of an f-string: phrases that are put into it."""
    if isinstance(node, ast.JoinedStr):
        for value in node.values:
            if isinstance(value, ast.FormattedValue):
                yield from _of(ast.Expression(body=value.value))
    elif isinstance(node, ast.BinOp):
        yield from _inside(node.left)
        yield from _inside(node.right)
        for side in (node.left, node.right):
            if not _is_text(side):
                yield from _of(ast.Expression(body=side))


def _is_text(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str)
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Add) and (_is_text(node.left) or _is_text(node.right))
    return isinstance(node, ast.JoinedStr)


Form = tuple[str | ast.AST, ...]


def _forms(node: ast.AST) -> list[Form]:
    """What a text may look like: fixed parts and values, one form for each way that its conditions can go."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [(node.value,)]
    if isinstance(node, ast.JoinedStr):
        return _joined([_forms(part) for part in node.values])
    if isinstance(node, ast.FormattedValue):
        return _forms(node.value)
    if isinstance(node, ast.BinOp) and _is_text(node):
        return _joined([_forms(node.left), _forms(node.right)])
    if isinstance(node, ast.IfExp) and _is_text(node.body) and _is_text(node.orelse):
        return _forms(node.body) + _forms(node.orelse)
    return [(node,)]


def _joined(parts: list[list[Form]]) -> list[Form]:
    combined = itertools.islice(itertools.product(*parts), MOST_FORMS)
    return [tuple(piece for form in forms for piece in form) for forms in combined]


def _named(form: Form) -> str:
    """A form as a msgid: values get names of their own, taken from what they are called in the source."""
    used: dict[str, int] = {}
    message = ""
    is_plain = all(isinstance(piece, str) for piece in form)
    for piece in form:
        if isinstance(piece, str):
            message += piece if is_plain else piece.replace("%", "%%")
            continue
        name = _name_of(piece) or "value"
        used[name] = used.get(name, 0) + 1
        message += f"%({name}{used[name] if used[name] > 1 else ''})s"
    if is_plain and re.search(r"\{\w*\}", message):  # filled by str.format
        message = re.sub(r"\{(\w*)\}", lambda found: f"%({found[1] or 'value'})s", message.replace("%", "%%"))
    return message


def _name_of(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id.strip("_")
    if isinstance(node, ast.Attribute):
        return node.attr.strip("_")
    if isinstance(node, ast.Subscript):
        return _name_of(node.value)
    if isinstance(node, ast.Call):
        name = _name_of(node.func)
        generic = {"", "join", "len", "str", "lower", "normalize", "short", "short_id", "max", "int", "format"}
        return next((known for each in node.args if (known := _name_of(each))), "value") if name in generic else name
    return _name_of(node.values[0]) if isinstance(node, ast.BoolOp) else ""


def _is_for_people(message: str) -> bool:
    if CODE.search(message) or (message != message.strip() and not PLACE.search(message)):
        return False
    fixed = PLACE.sub(" ", message)
    words = WORD.findall(fixed)
    if PLACE.search(message):
        return " " in message.strip() and "s/" not in message and sum(map(len, words)) >= 4
    return " " in message and len(words) >= 2
