"""Why TLS did not come about: OpenSSL's own word on it, and what that means for whoever runs the server."""

from __future__ import annotations

import ssl
from collections.abc import Mapping


def error_in(error: BaseException) -> ssl.SSLError | None:
    """OpenSSL's own word on why TLS did not come about, out of what requests and urllib3 wrap around it."""
    seen: set[int] = set()
    todo: list[object] = [error]
    while todo:
        one = todo.pop()
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, ssl.SSLError) and not isinstance(one, ssl.SSLEOFError | ssl.SSLZeroReturnError):
            return one
        todo += [*one.args, getattr(one, "reason", None), one.__cause__, one.__context__]
    return None


#: OpenSSL's numbers (X509_V_ERR_…, `man x509_verify_cert_error_string`): what is wrong, and what to do about it.
_WORDS: Mapping[int, tuple[str, str]] = {
    9: ("is not valid yet", "Check the date on that server and on this one."),
    10: ("has expired", "Renew the certificate, and see why it was not renewed by itself."),
    18: (
        "is self-signed: no authority vouches for it",
        "Install a certificate of an authority that browsers trust, Let's Encrypt for instance.",
    ),
    19: (
        "comes from an authority of its own that is not trusted",
        "Install a certificate of an authority that browsers trust, Let's Encrypt for instance.",
    ),
    20: (
        "cannot be traced to an authority that is trusted: most likely its intermediate certificate is missing",
        "Let the web server send the whole chain (fullchain.pem with Let's Encrypt), not the certificate alone.",
    ),
    62: (
        "is for another name",
        "Connect with the name that the certificate is for, or get one for this name (with and without www).",
    ),
}


def in_words(host: str, error: ssl.SSLError | None) -> tuple[str, str]:
    """(what is wrong with a server's certificate, what to do), for a merchant."""
    number = getattr(error, "verify_code", 0)
    if number in _WORDS:
        what, remedy = _WORDS[number]
        return f"The certificate of {host} {what}.", remedy
    if number:
        said = getattr(error, "verify_message", "") or "no reason given"
        return (
            f"The certificate of {host} is not valid: {said}.",
            "Let whoever runs that server look at its certificate.",
        )
    if error is not None and error.reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"):
        return (
            f"{host} answers there without TLS (https).",
            "Check the port in the address, or switch https on for that server.",
        )
    return (
        f"{host} and the connector found no common way of encrypting (TLS).",
        "Let that server offer TLS 1.2 or newer.",
    )
