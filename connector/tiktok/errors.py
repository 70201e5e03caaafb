"""What TikTok Shop's API refuses, as errors that say what to do next.

TikTokError                 carries TikTok's code, message and request id, and the HTTP status
├── Unavailable             (TryLater) TikTok has trouble of its own
│   └── UnreadableAnswer    HTML, cut-off JSON, an envelope that is none
├── TooManyRequests         (RateLimited) `after`: the seconds of Retry-After, if it was sent
├── TokenExpired            (NeedsMerchant, once renewing did not help) the access token is not taken any more
├── AuthorizationRevoked    (NeedsMerchant) the seller has left, or the refresh token has ended
├── MissingPermission       (NeedsMerchant) the app may not call this
├── SignatureRejected       (NeedsMerchant) the app's key, secret or clock is wrong
├── ShopDisabled            (NeedsMerchant) TikTok has switched the shop or the seller off
└── RequestRefused          (NeedsMerchant) TikTok says no for a reason of its own, in `tiktok_message`
    ├── NotFound            the order, package, … is not there
    └── NotInThisRegion     this call does not exist where the shop is: do it the other way

TikTok reports errors inside HTTP 200: a `code` other than 0 is one. Codes: reference/tiktok/README.md, "Requests"; the token
server's 36004001 and 36004005, 105005 and 36009043 are as other clients' users reported them. What is not in the table goes
by HTTP status.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connector.domain.errors import ConnectorError, Exchange, NeedsMerchant, RateLimited, TryLater
from connector.http import redact_text

_SUPPORT = "Try again. If TikTok Shop keeps refusing, ask its support and name the request id."
_RECONNECT = "Reconnect the shop on the Connections page."


class TikTokError(ConnectorError):
    """An error that TikTok Shop answered with. `code` is ours; `tiktok_code` is None where the answer had none."""

    tiktok_code: int | None = None
    tiktok_message: str = ""
    request_id: str = ""
    http_status: int | None = None


class Unavailable(TikTokError, TryLater):
    pass


class UnreadableAnswer(Unavailable):
    pass


class TooManyRequests(TikTokError, RateLimited):
    pass


class TokenExpired(TikTokError, NeedsMerchant):
    remedy = _RECONNECT


class AuthorizationRevoked(TikTokError, NeedsMerchant):
    remedy = _RECONNECT


class MissingPermission(TikTokError, NeedsMerchant):
    remedy = "Give the app this permission in TikTok's Partner Center (Manage API), then reconnect the shop."


class SignatureRejected(TikTokError, NeedsMerchant):
    remedy = (
        "Compare TIKTOK_APP_KEY and TIKTOK_APP_SECRET with the app's page in TikTok's Partner Center, and check that the "
        "server's clock is right."
    )


class ShopDisabled(TikTokError, NeedsMerchant):
    remedy = "Look into TikTok's Seller Center: it says why the shop is switched off."


class RequestRefused(TikTokError, NeedsMerchant):
    remedy = _SUPPORT


class NotFound(RequestRefused):
    pass


class NotInThisRegion(RequestRefused):
    pass


@dataclass(frozen=True)
class _Meaning:
    error: type[TikTokError]
    code: str
    sentence: str


_UNAVAILABLE = _Meaning(Unavailable, "tiktok_unavailable", "TikTok Shop has trouble answering.")
_BUSY = _Meaning(TooManyRequests, "tiktok_rate_limited", "TikTok Shop asked us to wait.")
_EXPIRED = _Meaning(TokenExpired, "tiktok_token_expired", "TikTok Shop does not take the shop's access token any more.")
_REVOKED = _Meaning(AuthorizationRevoked, "tiktok_authorization_revoked", "The shop is not connected any more.")
_FORBIDDEN = _Meaning(MissingPermission, "tiktok_missing_permission", "TikTok Shop does not let the app do this.")
_SIGNATURE = _Meaning(
    SignatureRejected, "tiktok_signature_rejected", "TikTok Shop does not accept the app's signature."
)
_DISABLED = _Meaning(ShopDisabled, "tiktok_shop_disabled", "TikTok Shop has disabled the shop or its seller.")
_NOT_HERE = _Meaning(
    NotInThisRegion, "tiktok_not_in_this_region", "TikTok Shop does not offer this in the shop's region."
)
_NOT_FOUND = _Meaning(NotFound, "tiktok_not_found", "TikTok Shop does not know what was asked for.")
_REFUSED = _Meaning(RequestRefused, "tiktok_refused", "TikTok Shop refused the request.")

_BY_CODE: Mapping[int, _Meaning] = {
    105001: _EXPIRED,
    105002: _EXPIRED,
    105005: _FORBIDDEN,
    106001: _SIGNATURE,
    106013: _REVOKED,  # shop_cipher is missing or wrong: a new authorization gives a new one
    101000: _REVOKED,  # the token is not of this shop_cipher's seller
    36004001: _REVOKED,
    36004005: _REVOKED,
    36009002: _BUSY,
    36009003: _UNAVAILABLE,
    36009043: _DISABLED,
    36009044: _DISABLED,
    21008106: _NOT_HERE,
}

#: 36009004 is any parameter that is wrong. These are named in its message, and have a cure of their own.
_BAD_PARAMETER = 36009004
_BY_PARAMETER: tuple[tuple[str, _Meaning], ...] = (
    ("access_token", _EXPIRED),
    ("access-token", _EXPIRED),
    ("timestamp", _SIGNATURE),
    ("app_key", _SIGNATURE),
    ("app_secret", _SIGNATURE),
)

_BY_STATUS: Mapping[int, _Meaning] = {
    401: _EXPIRED,
    403: _FORBIDDEN,
    404: _NOT_FOUND,
    408: _UNAVAILABLE,
    425: _UNAVAILABLE,
    429: _BUSY,
}


def error_for(
    http_status: int,
    envelope: Mapping[str, Any],
    *,
    exchange: Exchange | None = None,
    after: float | None = None,
) -> TikTokError:
    """The error that an answer with a code other than 0, or with an HTTP status of 400 or more, stands for."""
    tiktok_code = _code(envelope)
    tiktok_message = _message(envelope)
    meaning = _meaning(http_status, tiktok_code, tiktok_message)
    request_id = str(envelope.get("request_id") or "")
    sentence = f"{meaning.sentence} It said: {tiktok_message}" if tiktok_message else meaning.sentence
    if issubclass(meaning.error, TooManyRequests):
        error: TikTokError = meaning.error(sentence, code=meaning.code, exchange=exchange, after=after)
    else:
        error = meaning.error(sentence, code=meaning.code, exchange=exchange)
    return _with_details(error, tiktok_code, tiktok_message, request_id, http_status)


def refused_authorization(error: TikTokError) -> TikTokError:
    """What the token server's refusal means: the app itself is wrong, or else only a new consent of the seller helps."""
    said = error.tiktok_message
    meaning = _SIGNATURE if "app_key" in said or "app_secret" in said else _REVOKED
    sentence = f"{meaning.sentence} TikTok Shop said: {said}" if said else meaning.sentence
    told = meaning.error(sentence, code=meaning.code, exchange=error.exchange)
    return _with_details(told, error.tiktok_code, said, error.request_id, error.http_status)


def _with_details(
    error: TikTokError, tiktok_code: int | None, tiktok_message: str, request_id: str, http_status: int | None
) -> TikTokError:
    error.tiktok_code = tiktok_code
    error.tiktok_message = tiktok_message
    error.request_id = request_id
    error.http_status = http_status
    return error


def unreadable(
    sentence: str, *, http_status: int | None = None, request_id: str = "", exchange: Exchange | None = None
) -> UnreadableAnswer:
    """An answer that cannot be used, whatever it says: the same call may give a better one later."""
    error = UnreadableAnswer(sentence, code="tiktok_unreadable_answer", exchange=exchange)
    error.http_status = http_status
    error.request_id = request_id
    return error


def _meaning(http_status: int, tiktok_code: int | None, tiktok_message: str) -> _Meaning:
    said = tiktok_message.lower()
    if tiktok_code is not None and tiktok_code in _BY_CODE:
        return _BY_CODE[tiktok_code]
    if tiktok_code == _BAD_PARAMETER:
        return next((meaning for word, meaning in _BY_PARAMETER if word in said), _REFUSED)
    if tiktok_code is not None and tiktok_code // 1000 == 105:
        return _EXPIRED
    if http_status == 429 or "too many requests" in said:
        return _BUSY
    if http_status >= 500:
        return _UNAVAILABLE
    return _BY_STATUS.get(http_status, _REFUSED)


def _code(envelope: Mapping[str, Any]) -> int | None:
    code = envelope.get("code")
    if isinstance(code, str) and re.fullmatch(r"-?\d{1,18}", code):
        return int(code)
    return code if isinstance(code, int) and not isinstance(code, bool) else None


def _message(envelope: Mapping[str, Any]) -> str:
    message = envelope.get("message")
    return redact_text(" ".join(message.split()))[:300] if isinstance(message, str) else ""
