"""The one gate to TikTok Shop's API: signs, sends, and turns every answer into data or an error.

The operations are in the modules beside it (order_calls, fulfilment_calls, …); client.py puts them together.
"""

from __future__ import annotations

import json
import logging
import random
import re
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, urlencode

import requests

from connector import http
from connector.tiktok import clock_offset
from connector.tiktok.errors import SignatureRejected, TokenExpired, TooManyRequests, error_for, unreadable
from connector.tiktok.signing import sign_request
from connector.tiktok.values import TikTokApp, Tokens

log = logging.getLogger(__name__)

#: A pause that TikTok asks for is waited out within the call when it is no longer than this, and at most so often.
LONGEST_PAUSE = 2.0
PAUSES = 2

Query = Mapping[str, str | int | None]
#: Field name to (file name, content, MIME type).
Files = Mapping[str, tuple[str, bytes, str]]


class Caller:
    """Makes calls for one shop (or, with no `shop_cipher`, for a seller whose shops are not known yet).

    `renew_tokens` is asked for new tokens once when TikTok says that the old ones have expired; it may have to wait for another
    worker that is just renewing them. `before_call` runs before every single HTTP request; what it raises stops the call.
    One caller is for one thread.
    """

    def __init__(
        self,
        app: TikTokApp,
        shop_cipher: str | None,
        tokens: Tokens,
        *,
        renew_tokens: Callable[[Tokens], Tokens] | None = None,
        before_call: Callable[[], None] | None = None,
        session: requests.Session | None = None,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.time,
        deadline: float = http.CALL_DEADLINE,
    ) -> None:
        self.app = app
        self.shop_cipher = shop_cipher
        self.tokens = tokens
        self._renew_tokens = renew_tokens
        self._before_call = before_call
        self._session = session or http.new_session()
        self._sleep = sleep
        self._now = now
        self._deadline = deadline

    def __repr__(self) -> str:
        return f"{type(self).__name__}(app_key={self.app.app_key!r})"

    def call(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: Mapping[str, Any] | None = None,
        files: Files | None = None,
        with_shop: bool = True,
    ) -> dict[str, Any]:
        """The `data` of an answer ({} when it has none). `body` is sent as JSON, or as a form where there are `files`.

        Of `query`, what is None is left out.

        One renewal of the tokens and one repetition when they have expired; up to two short pauses when TikTok asks for them
        (neither repeats what may have been done: TikTok refused before doing). Nothing else is repeated here.
        Raises TikTokError, http.CallFailed, and what `renew_tokens` and `before_call` raise.
        """
        pauses = 0
        has_renewed = False
        has_set_clock = False
        while True:
            offset = clock_offset.offset(self.app.api_url)
            try:
                return self._call_once(method, path, query or {}, body, files, with_shop)
            except (SignatureRejected, TokenExpired) as error:
                if not has_set_clock and clock_offset.offset(self.app.api_url) != offset:
                    # Our clock is off, and the refusal itself has said what time it is there (36009004, or just HTTP 401).
                    has_set_clock = True
                    continue
                if not isinstance(error, TokenExpired) or self._renew_tokens is None or has_renewed:
                    raise
                has_renewed = True
            except TooManyRequests as error:
                if pauses == PAUSES or (error.after or 0) > LONGEST_PAUSE:
                    raise
                pause = _pause(error.after, pauses)
                pauses += 1
                log.info("TikTok Shop asks to wait %.1f s before %s %s", pause, method, path)
                self._sleep(pause)
                continue
            # Outside of the handler, so that an error of the renewal is not reported as one of the call.
            self.tokens = self._renew_tokens(self.tokens)

    def _call_once(
        self,
        method: str,
        path: str,
        query: Query,
        body: Mapping[str, Any] | None,
        files: Files | None,
        with_shop: bool,
    ) -> dict[str, Any]:
        request = self._signed(method, path, query, body, files, with_shop)
        if self._before_call is not None:
            self._before_call()
        response = http.send(self._session, request, deadline=self._deadline)
        clock_offset.learn(self.app.api_url, response.headers, now=self._now())
        return data_of(response)

    def _signed(
        self,
        method: str,
        path: str,
        query: Query,
        body: Mapping[str, Any] | None,
        files: Files | None,
        with_shop: bool,
    ) -> requests.PreparedRequest:
        pairs = [(key, str(value)) for key, value in query.items() if value is not None]
        if with_shop and self.shop_cipher:
            pairs.append(("shop_cipher", self.shop_cipher))
        pairs += [
            ("app_key", self.app.app_key),
            ("timestamp", str(int(self._now() + clock_offset.offset(self.app.api_url)))),
        ]
        content = b"" if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        # A form with files is not part of what is signed (reference/tiktok/README.md, "Requests").
        signed = b"" if files else content
        pairs.append(("sign", sign_request(app_secret=self.app.app_secret, path=path, query=pairs, body=signed)))
        address = f"{http.normal(self.app.api_url.rstrip('/')).rstrip('/')}{path}?{urlencode(pairs, quote_via=quote)}"
        headers = {"x-tts-access-token": self.tokens.access_token}
        if files:
            # requests writes the content type, with the boundary that it has chosen.
            return self._session.prepare_request(
                requests.Request(method, address, data=dict(body or {}), files=dict(files), headers=headers)
            )
        headers["content-type"] = "application/json"
        return http.prepared(method, address, headers=headers, body=content or None)


def data_of(response: http.Response) -> dict[str, Any]:
    """The `data` of an answer, {} when it has none. Raises TikTokError for all but an envelope with code 0 and a 2xx status."""
    envelope = _envelope(response)
    if envelope is None:
        # Not from TikTok's API itself but from something before it, whatever the status says.
        envelope, is_readable = {}, False
    else:
        is_readable = True
        if envelope["code"] == 0 and 200 <= response.status < 300:
            data = envelope.get("data")
            return data if isinstance(data, dict) else {}
    exchange = http.exchange_of(response.request, response)
    if is_readable or response.status == 429:
        raise error_for(response.status, envelope, exchange=exchange, after=retry_after(response.headers))
    sentence = f"TikTok Shop's answer could not be read (HTTP {response.status})."
    raise unreadable(sentence, http_status=response.status, exchange=exchange)


def _envelope(response: http.Response) -> dict[str, Any] | None:
    """TikTok's envelope, or None when it is none.

    A number with a decimal point becomes text, not a float: TikTok writes money as text anyway, and text can be stored as JSON.
    """
    try:
        envelope = _storable(json.loads(response.content, parse_float=str))
    except (ValueError, RecursionError):
        return None
    code = envelope.get("code") if isinstance(envelope, dict) else None
    is_envelope = isinstance(code, int | str) and not isinstance(code, bool)
    return envelope if is_envelope else None


def _storable(value: Any) -> Any:
    """The same JSON without what PostgreSQL cannot keep in text: NUL, and half of a surrogate pair (a nickname cut in two)."""
    if isinstance(value, str):
        return value if value.isprintable() else _HALVES.sub("\N{REPLACEMENT CHARACTER}", value).replace("\0", "")
    if isinstance(value, list):
        return [_storable(member) for member in value]
    if isinstance(value, dict):
        return {_storable(key): _storable(member) for key, member in value.items()}
    return value


_HALVES = re.compile("[\ud800-\udfff]")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds that a Retry-After header asks for, as a number or as a date; None when there is none to be read."""
    value = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"\d{1,7}(\.\d+)?", value):
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _pause(after: float | None, pauses: int) -> float:
    """How long to wait: what was asked for, or else a little, growing. With jitter, so that workers do not come back at once."""
    if after is not None:
        return after + random.uniform(0, 0.2)
    return random.uniform(0.2, 0.6) * (1 << pauses)


def path_of(template: str, **ids: str) -> str:
    """A path with ids in its places, each encoded, so that no id can lead to another path."""
    return template.format(**{name: quote(value, safe="") for name, value in ids.items()})


def objects(data: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """The list of objects under `name`; TikTok leaves an empty one out. Raises UnreadableAnswer when it is anything else."""
    members = data.get(name)
    if members is None:
        return []
    if not isinstance(members, list) or not all(isinstance(member, dict) for member in members):
        raise unreadable(f"TikTok Shop's answer could not be read: {name} is no list of objects.")
    return members


def text(data: Mapping[str, Any], name: str) -> str:
    """The text under `name`; a number becomes its digits, and what is neither ""."""
    value = data.get(name)
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def without_none(**members: Any) -> dict[str, Any]:
    """A body without the members that are None or empty: filters that were not asked for."""
    return {name: value for name, value in members.items() if value not in (None, "", [], ())}
