"""What of a request or an answer may be shown: no secrets, no personal data, a few KB.

Works by the name of a key, as both APIs name them. Pure: it reads nothing and sends nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

BLANK = "***"
SHOWN = 4096  # characters of a body that are kept


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SECRET = _words(
    "sign access_token refresh_token token app_secret auth_code code_verifier secret client_secret password "
    "consumer_key consumer_secret access_token_secret authorization x-tts-access-token cookie set-cookie "
    "proxy-authorization oauth_signature oauth_token oauth_consumer_key"
)
_PERSONAL = _words(
    "first_name last_name firstname middlename lastname first_name_local_script last_name_local_script full_name "
    "recipient_name customer_name customer_firstname customer_middlename customer_lastname customer_email "
    "customer_dob customer_taxvat buyer_nickname nickname buyer_email email phone phone_number telephone fax street city "
    "post_town postal_code postcode zipcode address_line1 address_line2 address_line3 address_line4 address_detail "
    "full_address company vat_id cpf cpf_name taxvat dob buyer_message seller_note staff_note customer_note remote_ip "
    "x_forwarded_for buyer_avatar buyer_avatar_url user_id buyer_user_id comment"
)
#: Everything below these is about a person, except the codes that tell where in the world.
_ABOUT_A_PERSON = _words(
    "recipient_address billing_address shipping_address billingaddress shippingaddress address addresses "
    "sender_address return_address recipient contact_person customer"
)
_PLACE = _words("region_code country_id region_id address_level address_level_name iso_code address_type")

_EMAIL = re.compile(r"[\w.+%-]{1,64}@[\w-]+(?:\.[\w-]+)+")
#: For bodies that are not (or no longer) JSON: "key": "value", also with the end of the value cut off.
_PAIR = re.compile(
    r'("(?:'
    + "|".join(map(re.escape, sorted(_SECRET | _PERSONAL | {"name"})))
    + r')"\s*:\s*)("(?:[^"\\]|\\.)*"?|\[[^\]]*\]?)',
    re.I,
)


def redact_url(url: str) -> str:
    """The URL with secret and personal query values, e-mail addresses and a password before the host blanked."""
    parts = urlsplit(url)
    pairs = [
        f"{quote(key, safe='[]')}={BLANK if _is_private(key) else quote(_EMAIL.sub(BLANK, value), safe='*,:/')}"
        for key, value in parse_qsl(parts.query, keep_blank_values=True)
    ]
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, _EMAIL.sub(BLANK, parts.path), "&".join(pairs), ""))


def redact_text(text: str) -> str:
    """A sentence with e-mail addresses blanked."""
    return _EMAIL.sub(BLANK, text)


#: What PostgreSQL adds to an error and quotes a row, a value or a statement in, up to what SQLAlchemy or Python says next.
_QUOTED_ROWS = re.compile(
    r"^(?:DETAIL|CONTEXT|QUERY|STATEMENT|LINE \d+):.*?(?=^(?:HINT:|\[SQL|The above exception|During handling|Traceback \()|\Z)",
    re.M | re.S,
)


def without_rows(text: str) -> str:
    """The text of an error, or a traceback, without what the database quotes of its rows ("Failing row contains …")."""
    return _QUOTED_ROWS.sub("", text)


def reason(error: Exception) -> str:
    """What an error of the database is, in one line without values."""
    said = str(getattr(error, "orig", None) or error).partition("\n")[0]
    return f"{type(error).__name__}: {said}"


def redact_headers(headers: Mapping[str, str]) -> dict[str, str]:
    return {key: BLANK if _is_private(key) else value for key, value in headers.items()}


def redact_body(body: bytes | str | Any | None) -> str:
    """A JSON body with secrets and personal data blanked by key name, at most `SHOWN` characters.

    What is no JSON (an HTML page, a cut-off answer) is searched for such keys and for e-mail addresses as text. NUL, which
    PostgreSQL keeps in no text, is left out.
    """
    if body is None or body == b"" or body == "":
        return ""
    text = (body.decode("utf-8", errors="replace") if isinstance(body, bytes) else str(body)).replace("\0", "")
    try:
        shown = json.dumps(redact(json.loads(text)), ensure_ascii=False)
    except (ValueError, RecursionError):
        shown = _EMAIL.sub(BLANK, _PAIR.sub(rf'\1"{BLANK}"', text[: 4 * SHOWN]))
    return shown if len(shown) <= SHOWN else shown[:SHOWN] + "…"


def redact(value: Any, *, personal: bool = False) -> Any:
    """JSON data with secrets and personal data blanked; below an address every text is personal."""
    if isinstance(value, Mapping):
        return {key: _redact_member(str(key), member, personal=personal) for key, member in value.items()}
    if isinstance(value, list):
        return [redact(member, personal=personal) for member in value]
    if isinstance(value, str):
        return BLANK if personal and value else _EMAIL.sub(BLANK, value)
    return value


def _redact_member(key: str, member: Any, *, personal: bool) -> Any:
    if _is_private(key) and member not in (None, ""):
        return BLANK
    name = key.lower()
    return redact(member, personal=(personal and name not in _PLACE) or name in _ABOUT_A_PERSON)


def _is_private(key: str) -> bool:
    return key.lower() in _SECRET or key.lower() in _PERSONAL
