"""docs/security.md goes through ASVS 5, and each test that it names is there."""

from __future__ import annotations

import re
from pathlib import Path

from tests.test_features_listed import _tests_in

DOCUMENT = (Path(__file__).resolve().parents[1] / "docs" / "security.md").read_text()
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")] for line in DOCUMENT.splitlines() if re.match(r"\| V\d", line)
]
#: How many sections each chapter of ASVS 5.0 has.
SECTIONS = (5, 4, 7, 4, 4, 8, 6, 4, 2, 7, 7, 3, 4, 3, 4, 5, 3)


def _named(text: str) -> set[tuple[int, int]]:
    """The sections that a row is about: "V3.1, V3.2 …" names two, "V10.3 to V10.7" five."""
    found = {(int(chapter), int(section)) for chapter, section in re.findall(r"V(\d+)\.(\d+)", text)}
    if " to V" in text:
        (chapter, first), (_, last) = sorted(found)
        found = {(chapter, section) for section in range(first, last + 1)}
    return found


def test_every_section_has_a_row() -> None:
    named = sorted(section for name, _, _ in ROWS for section in _named(name))
    assert named == [(c, s) for c, count in enumerate(SECTIONS, 1) for s in range(1, count + 1)]


def test_every_row_names_tests_that_exist_or_says_why_there_is_none() -> None:
    missing = []
    for name, here, shown_by in ROWS:
        tests = re.findall(r"`([^`:]+\.py)::(test_\w+)`", shown_by)
        missing += [f"{path}::{test}" for path, test in tests if test not in _tests_in(path)]
        if bool(tests) == here.startswith("–") or len(tests) != shown_by.count("::"):
            missing.append(f"{name}: {shown_by}")
    assert missing == []


def test_the_tests_named_in_the_text_exist() -> None:
    named = re.findall(r"`([^`:]+\.py)::(test_\w+)`", DOCUMENT)
    assert [one for one in named if one[1] not in _tests_in(one[0])] == []
