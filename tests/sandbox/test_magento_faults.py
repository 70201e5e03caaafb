"""The fault rules, over a real server: what the client sees, and whether the work was done."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from flask import Flask, jsonify
from werkzeug.serving import make_server

from sandbox.faults import FaultInjector, Faults, faults_blueprint


class Bench:
    def __init__(self) -> None:
        self.worked = 0
        self.faults = Faults(seed=1)
        app = Flask("bench")
        app.register_blueprint(faults_blueprint(self.faults))

        @app.route("/work/<path:name>", methods=["GET", "POST"])
        def work(name: str) -> Any:
            self.worked += 1
            return jsonify({"name": name, "filler": "x" * 400})

        self.server = make_server("127.0.0.1", 0, FaultInjector(app, self.faults), threaded=True)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def fault(self, **rule: Any) -> None:
        assert requests.post(f"{self.url}/_sandbox/faults", json=rule, timeout=5).status_code == 201

    def get(self, timeout: float = 5, path: str = "/work/a") -> requests.Response:
        return requests.get(self.url + path, timeout=timeout)


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    bench.server.shutdown()
    bench.server.server_close()


def test_a_status_fault_answers_without_doing_the_work_and_only_as_often_as_told(bench: Bench) -> None:
    bench.fault(kind="status", status=503, body={"message": "down"}, times=2, skip=1, headers={"Retry-After": "7"})
    answers = [bench.get() for _ in range(4)]
    assert [a.status_code for a in answers] == [200, 503, 503, 200]
    assert answers[1].json() == {"message": "down"}
    assert answers[1].headers["Retry-After"] == "7"
    assert bench.worked == 2


def test_a_fault_is_laid_only_over_its_method_and_path(bench: Bench) -> None:
    bench.fault(kind="status", status=500, method="POST", path="/work/b$", times=None)
    assert bench.get(path="/work/b").status_code == 200
    assert requests.post(bench.url + "/work/bb", timeout=5).status_code == 200
    assert requests.post(bench.url + "/work/b", timeout=5).status_code == 500


def test_a_fault_may_be_meant_for_one_query_only(bench: Bench) -> None:
    bench.fault(kind="status", status=500, path="/work/a$", query="quote_id", times=None)
    assert bench.get(path="/work/a?field=updated_at").status_code == 200
    assert bench.get(path="/work/a?field=quote_id").status_code == 500


def test_a_rule_with_a_seed_strikes_the_same_calls_again(bench: Bench) -> None:
    def struck() -> list[int]:
        bench.fault(kind="status", status=500, probability=0.5, seed=7, times=None)
        answers = [bench.get().status_code for _ in range(12)]
        requests.delete(f"{bench.url}/_sandbox/faults", timeout=5)
        return answers

    first = struck()
    assert struck() == first
    assert set(first) == {200, 500}


def test_one_rule_is_taken_away_by_its_id_and_says_how_often_it_struck(bench: Bench) -> None:
    bench.fault(kind="status", status=500, path="/work/a", times=None)
    bench.fault(kind="status", status=503, times=None)
    rules = f"{bench.url}/_sandbox/faults"
    bench.get()
    first = requests.get(rules, timeout=5).json()[0]["id"]
    assert requests.delete(f"{rules}/{first}", timeout=5).json()["hits"] == 1
    assert bench.get().status_code == 503, "the other one stays"
    assert requests.delete(f"{rules}/{first}", timeout=5).status_code == 404


def test_a_cut_answer_has_done_the_work_and_breaks_the_connection(bench: Bench) -> None:
    bench.fault(kind="cut")
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.exceptions.ConnectionError)):
        bench.get()
    assert bench.worked == 1


def test_a_dropped_request_is_not_worked_on(bench: Bench) -> None:
    bench.fault(kind="drop")
    with pytest.raises(requests.exceptions.ConnectionError):
        bench.get()
    assert bench.worked == 0
    assert bench.get().status_code == 200


def test_bad_json_comes_whole_but_cannot_be_parsed(bench: Bench) -> None:
    bench.fault(kind="bad_json")
    answer = bench.get()
    assert answer.status_code == 200
    with pytest.raises(requests.exceptions.JSONDecodeError):
        answer.json()
    assert bench.worked == 1


def test_html_and_wrong_type(bench: Bench) -> None:
    bench.fault(kind="html")
    page = bench.get()
    assert (page.status_code, page.headers["Content-Type"].split(";")[0], bench.worked) == (502, "text/html", 0)
    bench.fault(kind="wrong_type")
    page = bench.get()
    assert (page.status_code, page.headers["Content-Type"].split(";")[0], bench.worked) == (200, "text/html", 1)


def test_after_works_before_the_client_times_out_and_before_slow_works_after_it_has_gone(bench: Bench) -> None:
    bench.fault(kind="after", seconds=0.6)
    with pytest.raises(requests.exceptions.ReadTimeout):
        bench.get(timeout=0.2)
    assert bench.worked == 1
    bench.fault(kind="before_slow", seconds=0.4)
    with pytest.raises(requests.exceptions.ReadTimeout):
        bench.get(timeout=0.1)
    assert bench.worked == 1
    deadline = time.monotonic() + 5
    while bench.worked < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert bench.worked == 2


def test_rate_limit_is_the_apis_own_answer(bench: Bench) -> None:
    bench.fault(kind="rate_limit", headers={"Retry-After": "3"})
    answer = bench.get()
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "3")


def test_the_list_counts_hits_and_clear_ends_all(bench: Bench) -> None:
    bench.fault(kind="status", status=500, times=None)
    bench.get()
    bench.get()
    assert [rule["hits"] for rule in requests.get(f"{bench.url}/_sandbox/faults", timeout=5).json()] == [2]
    assert requests.delete(f"{bench.url}/_sandbox/faults", timeout=5).status_code == 204
    assert bench.get().status_code == 200


@pytest.mark.parametrize(
    "rule",
    [
        {"kind": "nope"},
        {"kind": "status"},
        {"kind": "drop", "path": "("},
        {"kind": "drop", "query": "("},
        {"kind": "drop", "pth": "x"},
        [],
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(bench: Bench, rule: Any) -> None:
    answer = requests.post(f"{bench.url}/_sandbox/faults", json=rule, timeout=5)
    assert answer.status_code == 400
    assert answer.json()["error"]
