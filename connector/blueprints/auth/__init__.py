"""Logging in and out."""

from connector.blueprints.auth.views import blueprint

__all__ = ["blueprint"]
