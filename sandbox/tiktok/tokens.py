"""The token server's books: codes, access tokens and refresh tokens of each shop's seller.

A refresh gives a new refresh token and the old one dies at once, so that whoever loses the new one notices.
The access tokens that were given before live on until they expire.
"""

import secrets
import threading
import time
from dataclasses import dataclass

from sandbox.tiktok.errors import BAD_TOKEN, EXPIRED_TOKEN, NO_AUTH_RECORD, REFRESH_TOKEN_EXPIRED, ApiError

ACCESS_SECONDS = 7 * 86400
REFRESH_SECONDS = 365 * 86400


@dataclass
class Grant:
    """A token or code that stands for a shop until `expires_at` (Unix seconds)."""

    shop_id: str
    expires_at: float


@dataclass(frozen=True)
class Pair:
    """What an exchange or a refresh gives; both moments are Unix seconds."""

    access_token: str
    access_token_expire_in: int
    refresh_token: str
    refresh_token_expire_in: int
    shop_id: str


class Tokens:
    """Tokens of all shops. Safe to use from several threads."""

    def __init__(self, access_seconds: float = ACCESS_SECONDS) -> None:
        self.access_seconds = access_seconds
        self._lock = threading.Lock()
        self._codes: dict[str, Grant] = {}
        self._access: dict[str, Grant] = {}
        self._refresh: dict[str, Grant] = {}
        self.refreshes = 0
        self.refused_refreshes = 0

    def give(self, shop_id: str, access_token: str, refresh_token: str) -> None:
        """Make known tokens valid, as a shop's first ones."""
        now = time.time()
        with self._lock:
            self._access[access_token] = Grant(shop_id, now + self.access_seconds)
            self._refresh[refresh_token] = Grant(shop_id, now + REFRESH_SECONDS)

    def _pair(self, shop_id: str) -> Pair:
        now = int(time.time())
        pair = Pair(
            f"TTP_{secrets.token_urlsafe(24)}",
            now + int(self.access_seconds),
            f"TTR_{secrets.token_urlsafe(24)}",
            now + REFRESH_SECONDS,
            shop_id,
        )
        self._access[pair.access_token] = Grant(shop_id, now + self.access_seconds)
        self._refresh[pair.refresh_token] = Grant(shop_id, now + REFRESH_SECONDS)
        return pair

    def new_code(self, shop_id: str) -> str:
        """The `code` that the seller brings back from the authorization page; good once, for half an hour."""
        with self._lock:
            code = f"ROW_{secrets.token_urlsafe(24)}"
            self._codes[code] = Grant(shop_id, time.time() + 1800)
            return code

    def exchange(self, code: str) -> Pair:
        """Tokens for a code. Raises ApiError 36004005 when it is unknown, used, or too old."""
        with self._lock:
            grant = self._codes.pop(code, None)
            if grant is None or grant.expires_at < time.time():
                raise ApiError(NO_AUTH_RECORD, "can not find related auth record")
            return self._pair(grant.shop_id)

    def refresh(self, refresh_token: str) -> Pair:
        """New tokens for a refresh token, which is then worthless. Raises ApiError 36004005 or 36004001."""
        with self._lock:
            grant = self._refresh.pop(refresh_token, None)
            if grant is None or grant.expires_at < time.time():
                self.refused_refreshes += 1
                if grant is None:
                    raise ApiError(NO_AUTH_RECORD, "can not find related auth record")
                raise ApiError(REFRESH_TOKEN_EXPIRED, "rt has expired")
            self.refreshes += 1
            return self._pair(grant.shop_id)

    def shop_of(self, access_token: str) -> str:
        """The shop id of an access token. Raises ApiError 105001 (unknown) or 105002 (expired), HTTP 401."""
        with self._lock:
            grant = self._access.get(access_token)
        if grant is None:
            raise ApiError(BAD_TOKEN, "access token is invalid", 401)
        if grant.expires_at < time.time():
            raise ApiError(EXPIRED_TOKEN, "access token is expired, please refresh it", 401)
        return grant.shop_id

    def expire(self, shop_id: str) -> int:
        """End all access tokens of a shop now; refresh tokens stay good. Returns how many."""
        with self._lock:
            grants = [grant for grant in self._access.values() if grant.shop_id == shop_id]
            for grant in grants:
                grant.expires_at = 0
            return len(grants)

    def revoke(self, shop_id: str) -> None:
        """Forget every token of a shop, as when its seller leaves."""
        with self._lock:
            for book in (self._access, self._refresh, self._codes):
                for token in [token for token, grant in book.items() if grant.shop_id == shop_id]:
                    del book[token]

    def reset(self) -> None:
        with self._lock:
            self._codes.clear()
            self._access.clear()
            self._refresh.clear()
            self.refreshes = self.refused_refreshes = 0
