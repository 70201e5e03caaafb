"""The page of returns: its tabs and its rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import lazyload

from connector.domain import returns as values
from connector.extensions import db
from connector.models import Order, Return, ReturnAnswer
from connector.models.order import NO_DEADLINE

PAGE = 50


class Tab(NamedTuple):
    """`key` is what the address says."""

    key: str
    label: str

    def condition(self) -> ColumnElement[bool] | None:
        if self.key == "answer":
            return Return.next_action != ""
        if self.key == "open":
            return Return.status.not_in(values.SETTLED) & (Return.next_action == "")
        return None


TABS = (Tab("answer", "To answer"), Tab("open", "Under way"), Tab("all", "All"))


@dataclass(frozen=True)
class Row:
    """A return with its order, and the answer that is under way or was refused last."""

    one: Return
    order: Order
    answer: ReturnAnswer | None


def tab_of(key: str) -> Tab:
    return next((tab for tab in TABS if tab.key == key), TABS[0])


def counts() -> dict[str, int]:
    """How many returns are in each tab."""
    return {tab.key: _count(tab.condition()) for tab in TABS}


def _count(condition: ColumnElement[bool] | None) -> int:
    counted = select(func.count()).select_from(Return)
    return db.session.scalar(counted if condition is None else counted.where(condition)) or 0


def rows(tab: Tab, page: int) -> list[Row]:
    """A page of a tab: those to answer by deadline, the others the newest first."""
    listed = select(Return, Order).join(Order, Order.id == Return.order_id).options(lazyload(Order.shop))
    condition = tab.condition()
    if condition is not None:
        listed = listed.where(condition)
    if tab.key == "answer":
        listed = listed.order_by(func.coalesce(Return.deadline, NO_DEADLINE), Return.id)
    else:
        listed = listed.order_by(Return.update_time.desc(), Return.id.desc())
    return _with_answers(
        [(one, order) for one, order in db.session.execute(listed.limit(PAGE + 1).offset(page * PAGE))]
    )


def chosen(row_ids: list[int]) -> list[Row]:
    """The returns of some row ids, in the order of their ids."""
    listed = (
        select(Return, Order)
        .join(Order, Order.id == Return.order_id)
        .where(Return.id.in_(row_ids))
        .options(lazyload(Order.shop))
        .order_by(Return.id)
    )
    return _with_answers([(one, order) for one, order in db.session.execute(listed)])


def answers_of(return_row_ids: list[int]) -> dict[int, ReturnAnswer]:
    """The last answer of each return."""
    found = db.session.scalars(
        select(ReturnAnswer).where(ReturnAnswer.return_row_id.in_(return_row_ids)).order_by(ReturnAnswer.id)
    )
    return {answer.return_row_id: answer for answer in found}


def _with_answers(found: list[tuple[Return, Order]]) -> list[Row]:
    answers = answers_of([one.id for one, _ in found])
    return [Row(one, order, answers.get(one.id)) for one, order in found]
