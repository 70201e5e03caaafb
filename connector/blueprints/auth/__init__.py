"""Logging in and out, the second factor, and setting a password by a link."""

from connector.blueprints.auth import languages, passwords, second  # noqa: F401  (they register their views)
from connector.blueprints.auth.views import blueprint

__all__ = ["blueprint"]
