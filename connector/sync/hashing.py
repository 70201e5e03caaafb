"""How secrets that are random by themselves are kept: as a hash, so that whoever reads the database holds none of them."""

from __future__ import annotations

import hashlib


def hashed(secret: str) -> str:
    """What is kept of a token, a session's key or a recovery code (passwords need more: connector.models.user)."""
    return hashlib.sha256(secret.encode()).hexdigest()
