"""Pages, styles and scripts are sent compressed to whoever takes gzip: a platform's router mostly does not do it for us.

Downloads are sent while they are made, and stay as they are. A page holds both a token and words that somebody may have put
into its address; from the length of the compressed whole the token could be guessed bit by bit (BREACH), so that each
answer has a file name of random length in its gzip header ("Heal the Breach"; Django does the same).
"""

from __future__ import annotations

import io
import secrets
from gzip import GzipFile

from flask import Flask, Response, request

#: Shorter ones are not worth it.
SHORTEST = 1000
KINDS = frozenset(
    {"text/html", "text/css", "text/javascript", "application/javascript", "image/svg+xml", "application/json"}
)
MOST_PADDING = 100


def init_app(app: Flask) -> None:
    app.after_request(_compressed)


def _compressed(response: Response) -> Response:
    if response.mimetype not in KINDS or "Content-Encoding" in response.headers:
        return response
    is_file = request.endpoint == "static"
    if response.status_code != 200 or (response.is_streamed and not is_file):
        return response
    if not is_file and len(response.get_data()) < SHORTEST:
        return response
    response.vary.add("Accept-Encoding")
    if not request.accept_encodings["gzip"]:
        return response
    response.direct_passthrough = False
    body = response.get_data()
    if len(body) < SHORTEST:
        return response
    packed = io.BytesIO()
    name = secrets.token_hex(MOST_PADDING)[: secrets.randbelow(MOST_PADDING)]
    with GzipFile(filename=name, mode="wb", compresslevel=5, fileobj=packed, mtime=0) as file:
        file.write(body)
    response.set_data(packed.getvalue())
    response.headers["Content-Encoding"] = "gzip"
    if "ETag" in response.headers:  # another body: equal in meaning only
        response.set_etag(response.get_etag()[0] or "", weak=True)
    return response
