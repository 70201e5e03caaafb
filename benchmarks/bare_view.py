"""The floor of the intake: a Flask view that does only what cannot be left out. Verify, insert, enqueue, answer."""

from __future__ import annotations

import hashlib
import hmac
import os
import sqlite3
import threading

from flask import Flask, request
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

app = Flask(__name__)
_local = threading.local()
_queue = Queue("floor", connection=Redis.from_url(os.environ["REDIS_URL"]), serializer=JSONSerializer)
_key, _secret = os.environ["TIKTOK_APP_KEY"].encode(), os.environ["TIKTOK_APP_SECRET"].encode()


def _database() -> sqlite3.Connection:
    connection: sqlite3.Connection | None = getattr(_local, "connection", None)
    if connection is None:
        connection = _local.connection = sqlite3.connect(os.environ["FLOOR_DATABASE"], isolation_level=None, timeout=30)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("CREATE TABLE IF NOT EXISTS events (id INTEGER PRIMARY KEY, key TEXT UNIQUE, body BLOB)")
    return connection


@app.post("/webhooks/tiktok")
def receive() -> tuple[str, int]:
    raw = request.get_data(cache=False)
    expected = hmac.new(_secret, _key + raw, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, request.headers.get("Authorization", "")):
        return "", 401
    key = hashlib.sha256(raw).hexdigest()
    cursor = _database().execute("INSERT INTO events (key, body) VALUES (?, ?) ON CONFLICT DO NOTHING", (key, raw))
    _queue.enqueue("floor.handle", args=[cursor.lastrowid], job_id=f"floor-{key}", result_ttl=0)
    return "", 200
