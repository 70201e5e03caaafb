"""Webhooks of the sandbox TikTok Shop on good and bad days."""

import time
from collections import Counter
from collections.abc import Iterator

import pytest
from tiktok_helpers import inbox

from sandbox.tiktok.model import Ids
from sandbox.tiktok.signing import sign_webhook
from sandbox.tiktok.webhooks import Dispatcher


@pytest.fixture
def dispatcher() -> Iterator[Dispatcher]:
    started = Dispatcher("key", "secret", Ids())
    started.configure({"retry_first_seconds": 0.05, "retry_max_seconds": 0.2})
    yield started
    started.stop()


def send(dispatcher: Dispatcher, count: int = 1) -> None:
    for number in range(count):
        dispatcher.send("7494049642642441621", 1, {"order_id": str(number), "order_status": "UNPAID"})


def test_a_webhook_is_tried_again_until_it_is_answered_200(dispatcher: Dispatcher) -> None:
    with inbox(503, 401, 204) as sink:
        dispatcher.configure({"url": sink.url})
        send(dispatcher)
        bodies = sink.wait_for(4)
        assert dispatcher.wait_idle(5)
    assert len({body["tts_notification_id"] for body in bodies}) == 1
    entry = dispatcher.entries()[0]
    assert entry["state"] == "delivered"
    assert [attempt["status"] for attempt in entry["attempts"]] == [503, 401, 204, 200]
    pauses = [b["at"] - a["at"] for a, b in zip(entry["attempts"], entry["attempts"][1:], strict=False)]
    assert pauses[0] >= 0.05
    assert pauses[1] >= 0.1
    assert pauses[2] >= 0.19


def test_a_webhook_is_tried_again_when_nobody_listens(dispatcher: Dispatcher) -> None:
    with inbox() as gone:
        address = gone.url
    dispatcher.configure({"url": address, "give_up_seconds": 0.3})
    send(dispatcher)
    assert dispatcher.wait_idle(5)
    entry = dispatcher.entries()[0]
    assert entry["state"] == "gave_up"
    assert len(entry["attempts"]) > 1
    assert {attempt["error"] for attempt in entry["attempts"]} == {"ConnectionError"}


def test_three_copies_have_one_notification_id(dispatcher: Dispatcher) -> None:
    with inbox() as sink:
        dispatcher.configure({"url": sink.url, "copies": 3})
        send(dispatcher, 4)
        bodies = sink.wait_for(12)
        assert dispatcher.wait_idle(5)
    assert set(Counter(body["tts_notification_id"] for body in bodies).values()) == {3}


def test_shuffled_webhooks_come_in_another_order(dispatcher: Dispatcher) -> None:
    with inbox() as sink:
        dispatcher.configure({"url": sink.url, "shuffle_seconds": 0.5})
        send(dispatcher, 30)
        arrived = [body["data"]["order_id"] for body in sink.wait_for(30)]
    assert sorted(arrived, key=int) == [str(number) for number in range(30)]
    assert arrived != sorted(arrived, key=int)


def test_held_back_webhooks_come_when_they_are_flushed(dispatcher: Dispatcher) -> None:
    with inbox() as sink:
        dispatcher.configure({"url": sink.url, "hold": True})
        send(dispatcher, 5)
        assert dispatcher.wait_idle(1)
        assert sink.bodies == []
        assert dispatcher.summary()["held"] == 5
        assert dispatcher.flush() == 5
        sink.wait_for(5)
        send(dispatcher)
        sink.wait_for(6)


def test_late_webhooks_come_late(dispatcher: Dispatcher) -> None:
    with inbox() as sink:
        dispatcher.configure({"url": sink.url, "delay_seconds": 0.4})
        started = time.monotonic()
        send(dispatcher)
        sink.wait_for(1)
        assert time.monotonic() - started >= 0.4


def test_a_webhook_can_say_that_it_is_a_day_old_and_is_signed_so(dispatcher: Dispatcher) -> None:
    with inbox() as sink:
        dispatcher.configure({"url": sink.url, "backdated_seconds": 86400})
        send(dispatcher)
        [body] = sink.wait_for(1)
        assert dispatcher.wait_idle(5)
    entry = dispatcher.entries()[0]
    assert 86_390 < time.time() - body["timestamp"] < 86_430
    assert entry["authorization"] == sign_webhook("secret", "key", entry["body"].encode())


def test_dropped_webhooks_never_come(dispatcher: Dispatcher) -> None:
    with inbox() as sink:
        dispatcher.configure({"url": sink.url, "drop": 1.0})
        send(dispatcher, 3)
        assert dispatcher.wait_idle(2)
        assert sink.bodies == []
    assert dispatcher.summary()["dropped"] == 3


def test_sending_does_not_wait_for_a_slow_receiver(dispatcher: Dispatcher) -> None:
    with inbox(slow=True) as sink:
        dispatcher.configure({"url": sink.url})
        started = time.monotonic()
        send(dispatcher, 50)
        assert time.monotonic() - started < 0.5
        assert sink.bodies == []
        sink.hold.set()
        sink.wait_for(50)


def test_a_reset_forgets_what_is_on_its_way(dispatcher: Dispatcher) -> None:
    with inbox() as sink:
        dispatcher.configure({"url": sink.url, "delay_seconds": 0.3})
        send(dispatcher, 3)
        dispatcher.reset()
        assert dispatcher.pending() == 0
        assert dispatcher.entries() == []
        send(dispatcher)
        assert [body["data"]["order_id"] for body in sink.wait_for(1)] == ["0"]
        assert dispatcher.wait_idle(2)
        assert len(sink.bodies) == 1
