"""One request to Magento and its answer: the address, the two ways of signing in, exact numbers, and the one gate where
an answer becomes a value or an error. What is asked stands in the modules by subject; nothing here is retried."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import requests
from requests.auth import AuthBase
from requests_oauthlib import OAuth1

from connector import http
from connector.domain.errors import ConnectorError, Exchange, RateLimited
from connector.magento.errors import BadAnswer, PasswordProtected, StoreAddressWrong, Unavailable
from connector.magento.refusals import error_for

T = TypeVar("T")

#: Query parameters by name, as Magento spells them.
Params = Mapping[str, str | int]


@dataclass(frozen=True, kw_only=True)
class MagentoCredentials:
    """An integration's credentials. The access token alone: bearer. All four: OAuth 1.0a, which every store accepts.

    A store takes the bearer form only where its merchant switched that on (reference/magento/README.md, Access).
    """

    access_token: str = field(repr=False)
    access_token_secret: str = field(default="", repr=False)
    consumer_key: str = field(default="", repr=False)
    consumer_secret: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        others = (self.access_token_secret, self.consumer_key, self.consumer_secret)
        if not self.access_token:
            raise ValueError("The access token is missing.")
        if any(others) and not all(others):
            raise ValueError("Give the access token alone, or all four values of the integration.")

    @property
    def uses_oauth(self) -> bool:
        return bool(self.consumer_key)


class _Bearer(AuthBase):
    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def _auth(credentials: MagentoCredentials) -> AuthBase:
    if not credentials.uses_oauth:
        return _Bearer(credentials.access_token)
    # HMAC-SHA1, the library's default, is refused with 400 (README, Access). A JSON body is no part of the signature.
    return OAuth1(
        credentials.consumer_key,
        credentials.consumer_secret,
        credentials.access_token,
        credentials.access_token_secret,
        signature_method="HMAC-SHA256",
    )


class Transport:
    """Sends requests for the modules by subject, which inherit from it."""

    def __init__(
        self,
        base_url: str,
        credentials: MagentoCredentials,
        *,
        store_view_code: str | None = None,
        before_call: Callable[[], None] | None = None,
        session: requests.Session | None = None,
    ) -> None:
        """`base_url` is the store's address, with its path if it has one. `before_call` is called before every request.

        `store_view_code` puts every call into that store view's scope; without it the default store view's.
        `session` should come from `connector.http.new_session`. Raises ValueError for an address that is no URL.
        """
        parts = urlsplit(base_url.strip())
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("The store's address must begin with https:// or http://.")
        path = re.sub(r"/rest(/V1)?$", "", parts.path.rstrip("/"))  # merchants paste the API's address too
        scope = f"/{quote(store_view_code, safe='')}" if store_view_code else ""
        self._root = http.normal(f"{parts.scheme}://{parts.netloc}{path}/rest{scope}/V1")
        self._auth = _auth(credentials)
        self._uses_oauth = credentials.uses_oauth
        #: One of the merchant's, to be named in an error; "all" stands for all of them.
        self._store_view = "" if store_view_code == "all" else store_view_code or ""
        self._before_call = before_call
        self._session = session or http.new_session()

    @property
    def is_encrypted(self) -> bool:
        """Whether what is sent to the store is (TLS)."""
        return self._root.startswith("https://")

    def close(self) -> None:
        """Let go of the connections."""
        self._session.close()

    def call(
        self,
        method: str,
        path: str,
        read: Callable[[Any], T],
        *,
        params: Params | None = None,
        body: Mapping[str, Any] | None = None,
        subject: str = "",
    ) -> T:
        """Send one request and give what `read` makes of its JSON answer.

        `path` comes after `/V1`; numbers in `body` are `Decimal` or `int`, sent digit by digit; `subject` is what the
        request is about (a SKU, a method), to be named in an error. Raises what `connector.magento.errors` lists and
        `connector.http.CallFailed`; an answer that `read` cannot read is a `BadAnswer`.
        """
        if self._before_call is not None:
            self._before_call()
        response = http.send(self._session, self._request(method, path, params, body))
        answer = self._checked(response, subject)
        try:
            return read(answer)
        except (KeyError, IndexError, TypeError, ValueError, AttributeError, InvalidOperation) as error:
            exchange = http.exchange_of(response.request, response)
            raise _bad_answer("lacks something that it always has", "magento_answer_incomplete", exchange) from error

    def _request(
        self, method: str, path: str, params: Params | None, body: Mapping[str, Any] | None
    ) -> requests.PreparedRequest:
        # Everything in the query is percent-encoded, spaces as %20 and brackets too: the signature covers it, and both
        # sides have to read the same.
        query = "?" + urlencode(dict(params), quote_via=quote, safe="") if params else ""
        headers = {"Accept": "application/json", "User-Agent": "tiktok-magento-connector"}
        data = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            data = to_json(body).encode()
        return http.prepared(method, self._root + path + query, headers=headers, body=data, auth=self._auth)

    def _checked(self, response: http.Response, subject: str) -> Any:
        """The one gate: JSON with a good status passes, everything else raises."""
        status = response.status
        is_json = "json" in response.headers.get("Content-Type", "").lower()
        try:
            answer = response.json() if is_json else None
        except ValueError:
            is_json = False
        if is_json and status < 300:
            return answer
        exchange = http.exchange_of(response.request, response)
        if 300 <= status < 400:
            raise _redirected(response, exchange)
        after = retry_after(response.headers)
        if is_json:
            raise error_for(
                status,
                answer,
                exchange=exchange,
                uses_oauth=self._uses_oauth,
                subject=subject,
                store_view=self._store_view,
                retry_after=after,
            )
        raise _not_magento(response, exchange, after)


def _not_magento(response: http.Response, exchange: Exchange, after: float | None) -> ConnectorError:
    """The error for an answer that is not (whole) JSON."""
    status = response.status
    if status == 429:
        return RateLimited(
            "The store asks us to wait: too many requests.", code="magento_rate_limited", exchange=exchange, after=after
        )
    if status == 401:
        return PasswordProtected(
            "The store's web server asks for a password before Magento is reached.",
            code="magento_password_protected",
            remedy="Let the connector's requests to /rest through without that password (HTTP authentication).",
            exchange=exchange,
        )
    if status >= 500:
        return Unavailable(
            f"The store had a problem of its own (status {status}).",
            code="magento_unavailable",
            exchange=exchange,
            after=after,
        )
    if not response.content.strip():
        return _bad_answer("was empty", "magento_answer_empty", exchange)
    if "json" in response.headers.get("Content-Type", "").lower():
        return _bad_answer("was cut off", "magento_answer_cut", exchange)
    return _bad_answer(f"was a web page, not data (status {status})", "magento_answer_not_json", exchange)


def _bad_answer(what: str, code: str, exchange: Exchange) -> BadAnswer:
    return BadAnswer(
        f"Magento's answer {what}.",
        code=code,
        remedy="Nothing to do: the connector tries again by itself. If it stays so, check the store's address and that "
        "nothing in front of Magento (maintenance mode, a firewall) answers in its place.",
        exchange=exchange,
    )


def _redirected(response: http.Response, exchange: Exchange) -> StoreAddressWrong:
    # Not followed: a redirected POST would be sent as a GET, and the signature covers the address.
    target = urlsplit(response.headers.get("Location", ""))
    place = (
        f"{target.scheme}://{target.hostname}{target.path.partition('/rest')[0]}" if target.hostname else "elsewhere"
    )
    return StoreAddressWrong(
        f"The store's address redirects to {place}.",
        code="magento_redirects",
        remedy="Connect the store with the address that it redirects to.",
        exchange=exchange,
    )


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The Retry-After header in seconds, whether it gives seconds or a date; None if there is none to be read."""
    value = headers.get("Retry-After", "").strip()
    if value.isdigit():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def to_json(value: Any) -> str:
    """JSON with each `Decimal` as a number of exactly its digits: 19.90 stays 19.90. A float is refused (TypeError)."""
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError("an amount must be a number")
        return format(abs(value) if value.is_zero() else value, "f")  # never -0.00
    if isinstance(value, float):
        raise TypeError("amounts are Decimal, never float")
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(str(key))}: {to_json(member)}" for key, member in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(to_json, value)) + "]"
    return json.dumps(value)
