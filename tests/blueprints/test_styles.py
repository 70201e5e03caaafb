"""What templates leave to the style sheet."""

from __future__ import annotations

import re
from pathlib import Path

import connector

PACKAGE = Path(connector.__file__).parent


def test_what_is_for_pages_with_or_without_script_has_a_rule() -> None:
    """A class without one hides nothing."""
    used = {
        name
        for path in (PACKAGE / "templates").rglob("*.html")
        for classes in re.findall(r'class="([^"{]*)', path.read_text())
        for name in classes.split()
        if "script" in name or name.startswith("js")
    }
    style = (PACKAGE / "static" / "panel.css").read_text()
    assert used == {"needs-script", "no-script-only"}
    assert all(f".{name} {{ display: none" in style for name in used)
