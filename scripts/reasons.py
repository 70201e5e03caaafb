"""Writes the tables of docs/errors.md from connector.domain.explained: `python -m scripts.reasons`."""

from __future__ import annotations

import re
from pathlib import Path

from connector.domain.explained import GROUPS, Group

PAGE = Path(__file__).resolve().parents[1] / "docs" / "errors.md"


def section(group: Group) -> str:
    """One group as the page has it."""
    rows = "\n".join(f"| `{reason.code}` | {reason.what} | {reason.todo} |" for reason in group.reasons)
    return (
        f"## {group.heading}\n\n{group.intro}\n\n| code | {group.column} | what to do |\n| --- | --- | --- |\n{rows}\n"
    )


def page(text: str) -> str:
    """The page with its sections as they should be; what stands before the first stays."""
    head = re.split(r"^## ", text, maxsplit=1, flags=re.M)[0]
    return head + "\n".join(section(group) for group in GROUPS)


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text()))
