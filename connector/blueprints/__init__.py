"""The parts of the panel, and the addresses that machines call. A new part is one package and one line here."""

from __future__ import annotations

from flask import Flask


def register(app: Flask) -> None:
    """Registers every blueprint."""
