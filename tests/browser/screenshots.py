"""Pictures of every page at 1280 and 390 pixels, light and dark, for a person to look at: `make screenshots`."""

from __future__ import annotations

import logging
import tempfile
import threading
from pathlib import Path

import flask_migrate
from playwright.sync_api import sync_playwright
from werkzeug.serving import make_server

from connector import create_app
from connector.extensions import db
from tests import factories
from tests.browser.conftest import ARGUMENTS, CHROMIUM
from tests.browser.pages import OUTSIDE, every
from tests.support.databases import ENVIRON

FOLDER = Path("screenshots")


def main() -> None:
    """Writes screenshots/<page>-<width>-<light or dark>.png."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        app = create_app({**ENVIRON, "DATABASE_URL": f"sqlite:///{folder}/panel.db"})
        with app.app_context():
            flask_migrate.upgrade()
            user = factories.make_user("admin", "merchant@example.com")
            shown = every(app, user)
            email = user.email
            db.session.remove()
        server = make_server("127.0.0.1", 0, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            _take(f"http://127.0.0.1:{server.server_port}", email, shown)
        finally:
            server.shutdown()
            thread.join()


def _take(address: str, email: str, shown: dict[str, str]) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        context = browser.new_context(base_url=address)
        page = context.new_page()

        def shoot(names: dict[str, str]) -> None:
            for name, path in names.items():
                page.goto(path)
                for scheme in ("light", "dark"):
                    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                    for width in (1280, 390):
                        page.set_viewport_size({"width": width, "height": 900 if width > 500 else 844})
                        page.screenshot(path=FOLDER / f"{name}-{width}-{scheme}.png", full_page=True)

        shoot(OUTSIDE)
        page.goto("/login")
        page.get_by_label("E-mail").fill(email)
        page.get_by_label("Password").fill(factories.PASSWORD)
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url("**/orders")
        shoot(shown)
        browser.close()
    print(f"{len(list(FOLDER.glob('*.png')))} pictures in {FOLDER}/")


if __name__ == "__main__":
    main()
