"""axe finds nothing serious on any page of the panel, wide and narrow, light and dark."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests import factories
from tests.browser.pages import OUTSIDE, pages

pytestmark = pytest.mark.browser

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
SIZES = {"wide": {"width": 1280, "height": 900}, "narrow": {"width": 390, "height": 844}}
SERIOUS = ("serious", "critical")
RUN = "axe.run(document, {resultTypes: ['violations']}).then(found => found.violations)"


def complaints(page: Page) -> list[str]:
    """What axe finds serious: rule, and where."""
    page.evaluate(AXE)  # not as a script element: the panel's policy lets none in
    found: list[dict[str, Any]] = page.evaluate(RUN)
    return [
        f"{one['id']}: {', '.join(str(node['target'][0]) for node in one['nodes'][:3])}"
        for one in found
        if one["impact"] in SERIOUS
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_nothing_serious_on_any_page(
    open_panel: Callable[..., Page], chromium: Browser, address: str, size: str, scheme: str
) -> None:
    user = factories.make_user("admin")
    shown = pages(user)
    page = open_panel("/account", user=user, viewport=SIZES[size], color_scheme=scheme)
    found = {}
    for name, path in shown.items():
        if name == "not-found":
            continue  # its 404 is a line in the browser's console; the same layout as an empty page
        page.goto(path)
        found[name] = complaints(page)
    outside = chromium.new_page(base_url=address, viewport=SIZES[size], color_scheme=scheme)  # type: ignore[arg-type]
    for name, path in OUTSIDE.items():
        outside.goto(path)
        found[name] = complaints(outside)
    outside.close()
    assert {name: said for name, said in found.items() if said} == {}
