"""connector.tiktok.webhooks: only TikTok's, whatever they hold, and the same one twice is known."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiktok_shop_api.generated._meta import WEBHOOKS as DOCUMENTED
from tiktok_shop_api.generated.models import UpdateShopWebhookRequestEventType
from tiktok_shop_api.webhooks import EVENT_TYPES as DOCUMENTED_NAMES

from connector.tiktok import webhooks

from .vectors import APP_SECRET, WEBHOOKS, WebhookVector


def raw(**members: Any) -> bytes:
    return json.dumps(members).encode()


# -- who sent it -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("vector", WEBHOOKS, ids=lambda vector: vector.case)
def test_a_webhook_as_in_the_vector_is_tiktok_s(vector: WebhookVector) -> None:
    webhooks.verify(vector.raw_body.encode(), vector.authorization, vector.app_key, APP_SECRET)


@pytest.mark.parametrize("vector", WEBHOOKS, ids=lambda vector: vector.case)
@pytest.mark.parametrize(
    "spoil",
    [
        lambda v: (v.raw_body.encode() + b" ", v.authorization, v.app_key, APP_SECRET),
        lambda v: (v.raw_body.encode(), v.authorization.upper(), v.app_key, APP_SECRET),
        lambda v: (v.raw_body.encode(), "Bearer " + v.authorization, v.app_key, APP_SECRET),
        lambda v: (v.raw_body.encode(), v.authorization[:-1], v.app_key, APP_SECRET),
        lambda v: (v.raw_body.encode(), v.authorization, "other", APP_SECRET),
        lambda v: (v.raw_body.encode(), v.authorization, v.app_key, "other"),
        lambda v: (v.raw_body.encode(), "", v.app_key, APP_SECRET),
        lambda v: (v.raw_body.encode(), None, v.app_key, APP_SECRET),
        lambda v: (v.raw_body.encode(), "ü\ud800", v.app_key, APP_SECRET),
    ],
)
def test_any_change_to_it_is_refused(vector: WebhookVector, spoil: Any) -> None:
    with pytest.raises(webhooks.SignatureError):
        webhooks.verify(*spoil(vector))


def test_a_body_written_anew_is_not_what_was_signed() -> None:
    vector = next(vector for vector in WEBHOOKS if "spaces" in vector.case)
    rewritten = json.dumps(json.loads(vector.raw_body)).encode()
    with pytest.raises(webhooks.SignatureError):
        webhooks.verify(rewritten, vector.authorization, vector.app_key, APP_SECRET)


# -- what it is about ------------------------------------------------------------------------------------------------


def test_an_order_status_event_names_its_order_and_its_moment() -> None:
    event = webhooks.parse(WEBHOOKS[0].raw_body.encode())
    assert (event.type, event.topic.name, event.topic.is_handled) == (1, "order status", True)
    assert event.order_ids == ("576461413038785752",)
    assert event.order_status == "AWAITING_SHIPMENT"
    assert event.shop_id == "7494049642642441621"
    assert event.notification_id == "7327112393057371910"
    assert event.timestamp == datetime(2025, 11, 24, 16, 0, tzinfo=UTC)


def test_the_webhook_s_cancel_is_the_order_s_cancelled() -> None:
    spellings = {
        webhooks.parse(raw(type=1, data={"order_id": "5", "order_status": status})).order_status
        for status in ("CANCEL", "CANCELLED")
    }
    assert spellings == {"CANCELLED"}


@pytest.mark.parametrize(
    ("event_type", "data", "order_ids"),
    [
        (3, {"order_id": "5", "update_time": 1}, ("5",)),
        (4, {"package_list": [{"order_id_list": ["5", "6"]}, {"order_id_list": ["6", "7"]}]}, ("5", "6", "7")),
        (6, {"message": "gone"}, ()),
        (7, {"expiration_time": "1"}, ()),
        (11, {"order_id": "5", "cancel_status": "CANCELLATION_REQUEST_PENDING"}, ("5",)),
        (12, {"order_id": "5", "return_id": "9"}, ("5",)),
        (64, {"aftersales_request_id": "9"}, ()),
        (67, {"line_items": [{"main_order_id": "5"}, {"main_order_id": "5"}, {"main_order_id": "6"}]}, ("5", "6")),
        (1, {"order_id": 576461413038785752}, ("576461413038785752",)),
        (1, {}, ()),
        (1, {"order_id": None}, ()),
        (1, {"order_id": {"a": 1}}, ()),
        (4, {"package_list": {"order_id_list": "5"}}, ()),
        (4, {"package_list": [None, {"order_id_list": None}, {"order_id_list": [None, "5"]}]}, ("5",)),
    ],
)
def test_the_orders_that_a_topic_is_about(event_type: int, data: dict[str, Any], order_ids: tuple[str, ...]) -> None:
    event = webhooks.parse(raw(type=event_type, shop_id="1", data=data))
    assert event.order_ids == order_ids
    assert event.topic.is_handled


@pytest.mark.parametrize("event_type", [5, 14, 99999, -1])
def test_a_topic_that_we_have_no_use_for_is_an_event_all_the_same(event_type: int) -> None:
    event = webhooks.parse(raw(type=event_type, data={"order_id": "5"}))
    assert not event.topic.is_handled
    assert event.topic.name
    assert event.order_ids == ()


def test_our_topics_bear_the_names_of_the_documentation() -> None:
    for event_type, name in DOCUMENTED_NAMES.items():
        assert webhooks.TOPICS[event_type].event_type == name
    handled = {number for number, topic in webhooks.TOPICS.items() if topic.is_handled}
    assert handled == {1, 3, 4, 6, 7, 11, 12, 64, 67}
    assert handled <= {webhook["type"] for webhook in DOCUMENTED}
    assert set(webhooks.EVENT_TYPES) <= {str(event_type) for event_type in UpdateShopWebhookRequestEventType}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"<html></html>",
        b"\xff\xfe",
        b"null",
        b"[]",
        b"[1]",
        b'"1"',
        b"{}",
        b'{"type": "1"}',
        b'{"type": null}',
        b'{"type": true}',
        b'{"type": 1.5}',
        b"[" * 100_000,
        b'{"type": 1' + b"0" * 10_000 + b"}",
    ],
)
def test_what_is_no_event_is_told_apart(body: bytes) -> None:
    with pytest.raises(webhooks.NotAnEvent):
        webhooks.parse(body)
    assert webhooks.dedupe_key(body) == hashlib.sha256(body).hexdigest()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
known_keys = st.sampled_from(
    ["order_id", "package_list", "order_id_list", "line_items", "order_status", "main_order_id"]
)


@given(
    event_type=st.sampled_from(sorted(webhooks.TOPICS)),
    data=json_values | st.dictionaries(known_keys, json_values),
    others=st.dictionaries(st.sampled_from(["shop_id", "timestamp", "tts_notification_id"]), json_values),
)
def test_no_event_of_a_known_type_trips_us_whatever_it_holds(
    event_type: int, data: Any, others: dict[str, Any]
) -> None:
    body = raw(type=event_type, data=data, **others)
    event = webhooks.parse(body)
    assert all(isinstance(order_id, str) and order_id for order_id in event.order_ids)
    assert webhooks.dedupe_key(body)


# -- the same one twice ----------------------------------------------------------------------------------------------


def test_the_notification_id_is_what_a_repeated_webhook_has_in_common() -> None:
    first = raw(type=1, tts_notification_id="731", timestamp=1764000000, data={})
    again = raw(type=1, tts_notification_id="731", timestamp=1764000060, data={})
    assert webhooks.dedupe_key(first) == webhooks.dedupe_key(again) == "731"


def test_without_a_notification_id_the_bytes_decide() -> None:
    body = raw(type=3, data={"order_id": "5", "update_time": 1})
    later = raw(type=3, data={"order_id": "5", "update_time": 2})
    assert webhooks.dedupe_key(body) == hashlib.sha256(body).hexdigest() != webhooks.dedupe_key(later)


def test_an_overlong_notification_id_still_fits_a_column() -> None:
    assert len(webhooks.dedupe_key(raw(type=1, tts_notification_id="7" * 5000))) == 64
