"""Text as the searches compare it."""

from __future__ import annotations

import unicodedata


def fold(text: str) -> str:
    """Text without accents and case, for searching."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))
