"""What is wrong with a server's certificate is said in words: real TLS, with an authority that is made for the test."""

from __future__ import annotations

import datetime as dt
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from flask import Flask

from connector import http
from connector.magento.client import MagentoClient
from connector.magento.transport import MagentoCredentials
from connector.sync import store_checks

NOW = dt.datetime.now(dt.UTC)
DAY = dt.timedelta(days=1)


class Made:
    """A certificate and its key; `by` another, or by itself."""

    def __init__(
        self,
        name: str,
        by: Made | None = None,
        *,
        is_authority: bool = False,
        begins: dt.datetime = NOW - DAY,
        ends: dt.datetime = NOW + DAY,
    ) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        signer = by or self
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(by.certificate.subject if by else subject)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begins)
            .not_valid_after(ends)
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self.key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.key.public_key()), critical=False)
        )
        if is_authority:
            others = "digital_signature content_commitment key_encipherment data_encipherment key_agreement"
            signs = dict.fromkeys((*others.split(), "encipher_only", "decipher_only"), False)
            builder = builder.add_extension(x509.KeyUsage(**signs, key_cert_sign=True, crl_sign=True), critical=True)
        else:
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        self.certificate = builder.sign(signer.key, hashes.SHA256())

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *args: Any) -> None:
        pass


class Server(HTTPServer):
    def handle_error(self, *args: Any) -> None:
        pass  # a client that refuses the certificate hangs up, and that is what is wanted


@contextmanager
def serving(tmp_path: Path, own: Made, *rest: Made) -> Iterator[str]:
    """A server on localhost with a certificate and what it sends of the chain."""
    (tmp_path / "chain.pem").write_bytes(b"".join(one.pem for one in (own, *rest)))
    (tmp_path / "key.pem").write_bytes(own.key_pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "chain.pem", tmp_path / "key.pem")
    server = Server(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield f"https://localhost:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Made:
    """The one authority that is trusted, as an operator would name it."""
    made = Made("Trusted authority", is_authority=True)
    (tmp_path / "trusted.pem").write_bytes(made.pem)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "trusted.pem"))
    return made


def refusal(url: str) -> http.CallFailed:
    with pytest.raises(http.CallFailed) as caught:
        http.send(http.new_session(), {"method": "GET", "url": url})
    return caught.value


def test_a_certificate_that_is_right_is_taken(tmp_path: Path, authority: Made) -> None:
    between = Made("Between", authority, is_authority=True)
    with serving(tmp_path, Made("localhost", between), between) as url:
        assert http.send(http.new_session(), {"method": "GET", "url": url}).content == b"ok"


@pytest.mark.parametrize(
    ("what", "says", "do"),
    [
        ("expired", "has expired", "Renew"),
        ("not yet", "is not valid yet", "date"),
        ("other name", "is for another name", "with and without www"),
        ("self-signed", "is self-signed", "authority that browsers trust"),
        ("own authority", "comes from an authority of its own", "authority that browsers trust"),
        ("chain cut", "intermediate certificate is missing", "whole chain"),
    ],
)
def test_what_is_wrong_with_a_certificate_is_said(
    app: Flask, tmp_path: Path, authority: Made, what: str, says: str, do: str
) -> None:
    other = Made("Other authority", is_authority=True)
    between = Made("Between", authority, is_authority=True)
    chain = {
        "expired": lambda: [Made("localhost", authority, begins=NOW - 9 * DAY, ends=NOW - DAY)],
        "not yet": lambda: [Made("localhost", authority, begins=NOW + DAY, ends=NOW + 9 * DAY)],
        "other name": lambda: [Made("shop.example.com", authority)],
        "self-signed": lambda: [Made("localhost")],
        "own authority": lambda: [Made("localhost", other), other],
        "chain cut": lambda: [Made("localhost", between)],
    }[what]()
    with serving(tmp_path, *chain) as url:
        error = refusal(url)
        client = MagentoClient(url, MagentoCredentials(access_token="x"))
        [check] = store_checks.check(client, "localhost", [], lambda code: client)
    assert (error.code, error.kind, error.maybe_done) == ("tls_failed", "tls", False)
    assert says in error.message
    assert do in error.remedy
    assert "localhost" in error.message
    assert (check.name, check.ok, check.message) == ("Certificate", False, f"{error.message} {error.remedy}")


def test_a_name_that_nobody_knows_is_said() -> None:
    assert "not known on the internet" in refusal("https://nobody.invalid/").message
