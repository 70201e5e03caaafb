"""The `fields=` parameter: `items[entity_id,items[sku]],total_count` (recordings 02, 59, 71)."""

from typing import Any

Wanted = dict[str, "Wanted | None"]


def parse(text: str) -> Wanted:
    """Field names, each with the fields wanted inside it (None: all of it). Unbalanced brackets give what can be read."""
    wanted, _ = _parse(text, 0)
    return wanted


def _parse(text: str, at: int) -> tuple[Wanted, int]:
    wanted: Wanted = {}
    name = ""
    while at < len(text):
        sign = text[at]
        at += 1
        if sign == "[":
            inner, at = _parse(text, at)
            wanted[name.strip()] = inner
            name = ""
        elif sign in ",]":
            if name.strip():
                wanted[name.strip()] = None
            name = ""
            if sign == "]":
                return wanted, at
        else:
            name += sign
    if name.strip():
        wanted[name.strip()] = None
    return wanted, at


def pick(answer: Any, wanted: Wanted) -> Any:
    """`answer` with only the wanted fields; fields that it does not have are left out without an error."""
    if isinstance(answer, list):
        return [pick(one, wanted) for one in answer]
    if not isinstance(answer, dict):
        return answer
    return {
        name: answer[name] if inner is None else pick(answer[name], inner)
        for name in answer
        if name in wanted
        for inner in [wanted[name]]
    }
