"""Who may call: the access token as bearer, where the merchant allows it, or OAuth 1.0a with HMAC-SHA256.

The signature is worked out here by hand from RFC 5849, so that it checks a client's OAuth library instead of repeating it.
Magento answers a wrong token, no token and a missing permission alike (recordings 07, 08).
"""

import hashlib
import hmac
from base64 import b64encode
from urllib.parse import parse_qsl, quote, unquote

from sandbox.magento.errors import ApiError
from sandbox.magento.state import Credentials, Settings

NEEDED = ("oauth_consumer_key", "oauth_token", "oauth_signature_method", "oauth_timestamp", "oauth_nonce")


def unauthorized(resource: str) -> ApiError:
    message = "The consumer isn't authorized to access %resources."
    return ApiError(401, message, {"resources": resource})


def check(
    authorization: str, method: str, url: str, body: bytes, content_type: str, resource: str,
    credentials: Credentials, settings: Settings,
) -> None:  # fmt: skip
    """Raise ApiError unless the call may use `resource`. `url` is as the client asked for it, percent-encoding kept."""
    scheme, _, rest = authorization.partition(" ")
    if scheme.lower() == "bearer":
        if not settings.bearer_allowed or not hmac.compare_digest(
            rest.strip().encode(), credentials.access_token.encode()
        ):
            raise unauthorized(resource)
    elif scheme.lower() == "oauth":
        _check_oauth(rest, method, url, body if "x-www-form-urlencoded" in content_type else b"", credentials)
    else:
        raise unauthorized(resource)
    if resource in settings.denied_resources:
        raise unauthorized(resource)


def _check_oauth(header: str, method: str, url: str, form: bytes, credentials: Credentials) -> None:
    given = oauth_parameters(header)
    for name in (*NEEDED, "oauth_signature"):
        if not given.get(name):
            raise ApiError(400, "One or more input exceptions have occurred.", [name])
    if given.get("oauth_version", "1.0") != "1.0":
        raise ApiError(400, "The OAuth version %1 is not supported", [given["oauth_version"]])
    if given["oauth_signature_method"] != "HMAC-SHA256":
        raise ApiError(400, "Signature method %1 is not supported", [given["oauth_signature_method"]])
    if not given["oauth_timestamp"].isdigit():
        raise ApiError(400, "The timestamp value in the oauth_timestamp parameter is invalid")
    if given["oauth_consumer_key"] != credentials.consumer_key:
        raise ApiError(401, "A consumer having the specified key does not exist")
    if given["oauth_token"] != credentials.access_token:
        raise ApiError(401, "Specified token does not exist")
    address, _, query = url.partition("?")
    pairs = [(name, value) for name, value in given.items() if name not in ("oauth_signature", "realm")]
    pairs += parse_qsl(query, keep_blank_values=True)
    pairs += parse_qsl(form.decode(), keep_blank_values=True)
    expected = signature(method, address, pairs, credentials.consumer_secret, credentials.access_token_secret)
    if not hmac.compare_digest(expected.encode(), given["oauth_signature"].encode()):
        raise ApiError(401, "The signature is invalid. Verify and try again.")


def oauth_parameters(header: str) -> dict[str, str]:
    """`a="b", c="d"` of an Authorization header, percent-decoded."""
    parameters = {}
    for part in header.split(","):
        name, _, value = part.strip().partition("=")
        parameters[unquote(name)] = unquote(value.strip('"'))
    return parameters


def encode(text: str) -> str:
    return quote(text, safe="-._~")


def signature(method: str, address: str, pairs: list[tuple[str, str]], *secrets: str) -> str:
    """HMAC-SHA256 over the base string of RFC 5849, 3.4.1; `address` without query, `secrets` consumer's and token's."""
    scheme, _, rest = address.partition("://")
    host, slash, path = rest.partition("/")
    host = host.lower()
    default_port = {"http": ":80", "https": ":443"}.get(scheme.lower(), "")
    if default_port and host.endswith(default_port):
        host = host.removesuffix(default_port)
    base_address = f"{scheme.lower()}://{host}{slash}{path}"
    normalized = "&".join(f"{name}={value}" for name, value in sorted((encode(n), encode(v)) for n, v in pairs))
    base = "&".join(encode(part) for part in (method.upper(), base_address, normalized))
    key = "&".join(encode(secret) for secret in secrets)
    return b64encode(hmac.new(key.encode(), base.encode(), hashlib.sha256).digest()).decode()
