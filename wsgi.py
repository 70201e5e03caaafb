"""The web process: `gunicorn wsgi:app`, and what `flask --app wsgi` loads."""

from __future__ import annotations

import sys

from connector import create_app
from connector.config import ConfigError

try:
    app = create_app()
except ConfigError as error:
    # A plain sentence, not a traceback: it is read by the person who deploys.
    sys.exit(str(error))
