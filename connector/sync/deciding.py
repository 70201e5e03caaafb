"""Decisions on returns as values for the plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.domain import deciding
from connector.domain import returns as values
from connector.models import ReturnAnswer, ReturnChoices


def under_way(session: Session, row_id: int, return_ids: Mapping[int, str]) -> dict[str, Any]:
    """What is under way for an order's returns (row id to TikTok's id), as keywords of Aftersales."""
    if not return_ids:
        return {}
    answers = session.scalars(
        select(ReturnAnswer)
        .where(ReturnAnswer.order_id == row_id, ReturnAnswer.state.in_(values.OPEN))
        .order_by(ReturnAnswer.id)
    ).all()
    asked = session.scalars(
        select(ReturnChoices.return_row_id).where(ReturnChoices.order_id == row_id, ReturnChoices.state == values.ASKED)
    ).all()
    return {
        "return_answers": tuple(_answer(row, return_ids[row.return_row_id]) for row in answers),
        "choices_asked": tuple(return_ids[return_row_id] for return_row_id in asked),
    }


def _answer(row: ReturnAnswer, return_id: str) -> deciding.ReturnAnswer:
    return deciding.ReturnAnswer(
        id=row.id,
        return_id=return_id,
        decision=row.decision,
        status_at=row.status_at,
        key=row.key,
        state=row.state,
        reason=row.reason,
        comment=row.comment,
        amount=row.amount,
        sent_at=row.sent_at,
        is_taken=row.taken_at is not None,
    )
