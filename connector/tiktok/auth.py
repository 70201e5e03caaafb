"""How a seller lets the app in, and how its tokens are renewed.

Rests on reference/tiktok/README.md, "Hosts and authorization".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import requests

from connector import http
from connector.tiktok.caller import data_of, text
from connector.tiktok.errors import RequestRefused, TikTokError, TokenExpired, refused_authorization, unreadable
from connector.tiktok.values import AUTH_URL, TikTokApp, Tokens, from_unix

US_SERVICES = "https://services.us.tiktokshop.com"
SERVICES = "https://services.tiktokshop.com"


@dataclass(frozen=True, kw_only=True)
class Authorization:
    """What a seller's consent gave: the tokens, and who it was. Which shops it is for: `get_authorized_shops`."""

    tokens: Tokens
    open_id: str
    seller_name: str
    seller_base_region: str
    user_type: int | None
    granted_scopes: tuple[str, ...]


def authorize_url(app: TikTokApp, region: str, state: str) -> str:
    """Where to send the seller. `region` is the shop's country ("US" has a host of its own); `state` comes back with the code.

    With another token server than TikTok's own (a sandbox), consent is asked for there too.
    """
    if app.auth_url.rstrip("/") != AUTH_URL:
        host = app.auth_url.rstrip("/")
    else:
        host = US_SERVICES if region.upper() == "US" else SERVICES
    return f"{host}/open/authorize?{urlencode({'service_id': app.service_id, 'state': state}, quote_via=quote)}"


def exchange(
    app: TikTokApp,
    code: str,
    *,
    session: requests.Session | None = None,
    before_call: Callable[[], None] | None = None,
) -> Authorization:
    """The tokens for the `code` that the seller came back with. A code works once and not for long.

    Raises AuthorizationRevoked when TikTok does not take it, TikTokError and http.CallFailed else.
    """
    data = _ask(app, "get", {"auth_code": code, "grant_type": "authorized_code"}, session, before_call)
    scopes = data.get("granted_scopes")
    user_type = data.get("user_type")
    return Authorization(
        tokens=_tokens(data),
        open_id=text(data, "open_id"),
        seller_name=text(data, "seller_name"),
        seller_base_region=text(data, "seller_base_region"),
        user_type=user_type if isinstance(user_type, int) else None,
        granted_scopes=tuple(str(scope) for scope in scopes) if isinstance(scopes, list) else (),
    )


def refresh(
    app: TikTokApp,
    refresh_token: str,
    *,
    session: requests.Session | None = None,
    before_call: Callable[[], None] | None = None,
) -> Tokens:
    """New tokens. Store both at once: the refresh token may be a new one, and the old one worth nothing from now on.

    Raises AuthorizationRevoked when TikTok does not take the refresh token, TikTokError and http.CallFailed else.
    """
    return _tokens(
        _ask(app, "refresh", {"refresh_token": refresh_token, "grant_type": "refresh_token"}, session, before_call)
    )


def _ask(
    app: TikTokApp,
    what: str,
    query: Mapping[str, str],
    session: requests.Session | None,
    before_call: Callable[[], None] | None,
) -> dict[str, Any]:
    pairs = {"app_key": app.app_key, "app_secret": app.app_secret, **query}
    request = requests.Request(
        "GET", f"{app.auth_url.rstrip('/')}/api/v2/token/{what}?{urlencode(pairs, quote_via=quote)}"
    )
    if before_call is not None:
        before_call()
    refusal: TikTokError
    try:
        return data_of(http.send(session or http.new_session(), request))
    except (RequestRefused, TokenExpired) as error:
        refusal = error
    raise refused_authorization(refusal)


def _tokens(data: Mapping[str, Any]) -> Tokens:
    access_token, refresh_token = text(data, "access_token"), text(data, "refresh_token")
    if not access_token or not refresh_token:
        raise unreadable("TikTok Shop's token server answered without tokens.")
    try:
        return Tokens(
            access_token=access_token,
            refresh_token=refresh_token,
            # The moments themselves, for all that the names say "in".
            access_expires_at=from_unix(data.get("access_token_expire_in")),
            refresh_expires_at=from_unix(data.get("refresh_token_expire_in")),
        )
    except ValueError:
        raise unreadable("TikTok Shop's token server does not say when its tokens end.") from None
