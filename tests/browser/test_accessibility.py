"""axe finds nothing serious on any page of the panel, wide and narrow, light and dark."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, ViewportSize

from tests import factories
from tests.browser.pages import OUTSIDE, every

pytestmark = pytest.mark.browser

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
#: Colours do not depend on the width, nor the layout on the colours: two looks show both of each.
LOOKS: tuple[tuple[ViewportSize, str], ...] = (
    ({"width": 1280, "height": 900}, "light"),
    ({"width": 390, "height": 844}, "dark"),
)
SERIOUS = ("serious", "critical")
RUN = "axe.run(document, {resultTypes: ['violations']}).then(found => found.violations)"


def complaints(page: Page) -> list[str]:
    """What axe finds serious: rule, and where."""
    found: list[dict[str, Any]] = page.evaluate(RUN)
    return [
        f"{one['id']}: {', '.join(str(node['target'][0]) for node in one['nodes'][:3])}"
        for one in found
        if one["impact"] in SERIOUS
    ]


def test_axe_finds_nothing_serious_on_any_page(
    app: Flask, open_panel: Callable[..., Page], chromium: Browser, address: str
) -> None:
    user = factories.make_user("admin")
    shown = every(app, user)
    page = open_panel("/account", user=user)
    found: dict[str, list[str]] = {}

    def look(page: Page, name: str, path: str) -> None:
        page.goto(path)
        page.evaluate(AXE)  # not as a script element: the panel's policy lets none in
        for size, scheme in LOOKS:
            page.set_viewport_size(size)
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            found[f"{name}, {size['width']}, {scheme}"] = complaints(page)

    for name, path in shown.items():
        if name != "not-found":  # its 404 is a line in the browser's console; the same layout as an empty page
            look(page, name, path)
    outside = chromium.new_page(base_url=address)
    for name, path in OUTSIDE.items():
        look(outside, name, path)
    outside.close()
    assert {name: said for name, said in found.items() if said} == {}
