"""The TikTok Shop connector for Magento 2: a Flask app, its webhook receiver and its workers.

`create_app()` makes the app from the environment. A host Flask app can mount it with werkzeug's DispatcherMiddleware.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from flask import Flask, request
from werkzeug.middleware.proxy_fix import ProxyFix

from connector.config import Config
from connector.extensions import csrf, db, htmx, login, migrate, queue

__version__ = "0.1.0"


class _App(Flask):
    def log_exception(self, exc_info: Any) -> None:
        """Names the address's rule where Flask names the path: that may be a link that sets a password."""
        self.logger.error("Exception on %s [%s]", request.url_rule or "no page", request.method, exc_info=exc_info)


def create_app(environ: Mapping[str, str] | None = None, *, with_any_key: bool = False) -> Flask:
    """The app, put together from settings (`os.environ` unless given).

    Raises ConfigError, naming every setting that is missing or malformed, and (but `with_any_key`) when ENCRYPTION_KEY is
    not the one with which the database was written.
    """
    config = Config.from_environ(os.environ if environ is None else environ)
    app = _App(__name__)
    app.config.update(config.flask())
    app.extensions["keyring"] = MultiFernet([Fernet(key) for key in config.encryption_key])
    # Heroku-style platforms put one proxy in front; without it nothing sets these headers but the client itself,
    # which then only fools itself: no decision rests on them but the scheme of links.
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)  # type: ignore[method-assign]

    from connector import blueprints, cli, error_reports, i18n, logs, models  # noqa: F401  (models: registers the tables)
    from connector.blueprints.limits import InTime
    from connector.models.transaction import configure_postgresql, configure_sqlite
    from connector.sync import keys

    app.wsgi_app = InTime(app.wsgi_app)  # type: ignore[method-assign]
    logs.configure(app)
    error_reports.configure(config)
    db.init_app(app)
    with app.app_context():
        (configure_sqlite if db.engine.dialect.name == "sqlite" else configure_postgresql)(db.engine)
    migrate.init_app(app, db, directory=os.path.join(os.path.dirname(__file__), "..", "migrations"))  # noqa: PTH118, PTH120
    login.init_app(app)
    csrf.init_app(app)
    htmx.init_app(app)
    queue.init_app(app)
    i18n.init_app(app)
    blueprints.register(app)
    cli.register(app)
    for doubt in config.doubts():
        app.logger.warning("%s", doubt)
    if not with_any_key:
        keys.check(app)
    return app
