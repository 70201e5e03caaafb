"""Log lines can be read by machines, carry their ids, and end with the unit of work they belong to; reports hold no secrets."""

from __future__ import annotations

import logging
import sys

from connector import error_reports, logs

#: As psycopg and SQLAlchemy say it, also with a line end inside of a value.
QUOTED = (
    '(psycopg.errors.NotNullViolation) null value in column "role" of relation "users" violates not-null constraint\n'
    "DETAIL:  Failing row contains (1, ada@example.com, Ada\n\nLovelace, null).\n"
    "[SQL: INSERT INTO users (email) VALUES (%(email)s)]\n[SQL parameters hidden due to hide_parameters=True]"
)


def line(message: str, *arguments: object) -> str:
    record = logging.LogRecord("connector.x", logging.INFO, __file__, 1, message, arguments, None)
    return logs.Logfmt().format(record)


def test_a_line_carries_the_ids_of_its_unit_of_work_and_no_others() -> None:
    with logs.ids(row=7):
        logs.also(order="576461")
        assert " row=7 order=576461 " in line("step %s", "CreateInMagento")
    assert "row=" not in line("idle") and "order=" not in line("idle")


def test_a_message_cannot_make_a_second_line_or_a_false_pair() -> None:
    written = line('name="x"\nlevel=error')
    assert "\n" not in written
    assert written.endswith(r'msg="name=\"x\"\nlevel=error"')


def test_a_report_holds_no_query_body_header_or_person() -> None:
    with logs.ids(order="576461"):
        event = error_reports.scrubbed(
            {
                "user": {"email": "ada@example.com"},
                "request": {
                    "url": "http://x/password/secret-link",
                    "query_string": "q=Ada+Lovelace",
                    "headers": {"Cookie": "session=secret"},
                    "data": "Ada",
                },
                "exception": {"values": [{"type": "NotNullViolation", "value": QUOTED}]},
                "logentry": {"message": QUOTED, "params": ["Ada"]},
                "breadcrumbs": {
                    "values": [
                        {"message": QUOTED},
                        {"data": {"url": "https://auth/token?app_secret=secret", "http.query": "app_secret=secret"}},
                    ]
                },
            }
        )
    assert "secret" not in str(event) and "Ada" not in str(event) and "ada" not in str(event)
    assert event["tags"] == {"order": "576461"}
    assert "null value in column" in str(event["exception"])


def test_what_the_database_quotes_of_a_row_is_not_in_a_line() -> None:
    written = line("failed: %s", QUOTED)
    assert "Ada" not in written and "null value" in written
    try:
        raise ValueError(QUOTED)
    except ValueError:
        record = logging.LogRecord("connector.x", logging.ERROR, __file__, 1, "broke", (), sys.exc_info())
    written = logs.Logfmt().format(record)
    assert "Ada" not in written and "null value" in written and "[SQL: INSERT" in written
