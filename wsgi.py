"""The web process: `gunicorn wsgi:app`, and what `flask --app wsgi` loads."""

from __future__ import annotations

import sys

from connector import create_app
from connector.config import ConfigError

#: Of all commands this one alone starts with a key that is not the database's: it is for who has lost that one.
FORGETS = ["keys", "forget"]

try:
    app = create_app(with_any_key=any(sys.argv[at : at + 2] == FORGETS for at in range(len(sys.argv))))
except ConfigError as error:
    # A plain sentence, not a traceback: it is read by the person who deploys.
    sys.exit(str(error))
