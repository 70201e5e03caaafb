"""Why an order is not in Magento: every reason, whether it goes on by itself, what to do, and how many orders it is now."""

from __future__ import annotations

import re
from typing import NamedTuple

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup, escape
from sqlalchemy import func, select

from connector.blueprints.panel import needs
from connector.domain import explained
from connector.domain.explained import Group
from connector.domain.explained_reason import Reason
from connector.domain.statuses import SyncState
from connector.extensions import db
from connector.i18n import t
from connector.models import Order

blueprint = Blueprint("help", __name__, url_prefix="/help")

#: What orders wait for that have a tab of their own.
TABS_OF = {"by_hand": "by-hand", "older": "older"}


class Explained(NamedTuple):
    """What an error means, for the order's page."""

    key: str
    reason: Reason
    goes_on: bool


@blueprint.get("/reasons")
@needs("viewer")
def reasons() -> ResponseReturnValue:
    """The whole list, with the orders that stand there now."""
    return render_template("help/reasons.html", groups=explained.GROUPS, counts=_counts(), address=_address)


def _counts() -> dict[tuple[str, str], int]:
    """How many orders there are by group and code, those that are tried again too; none where there are none."""
    found: dict[tuple[str, str], int] = {}
    failing = select(Order.error_code, func.count()).where(
        Order.sync_state.in_((SyncState.ERROR, SyncState.PENDING)), Order.error_code != ""
    )
    for code, count in db.session.execute(failing.group_by(Order.error_code)):
        told = explained.of_error(code)
        if told:
            found[(told[0].key, code)] = count
    waits = select(Order.waiting_for, func.count()).where(Order.sync_state == SyncState.WAITING)
    for code, count in db.session.execute(waits.group_by(Order.waiting_for)):
        found[("waits", code)] = count
    ignored = select(func.count()).select_from(Order).where(Order.sync_state == SyncState.IGNORED)
    found[("stopped", "ignored")] = db.session.scalar(ignored) or 0
    return found


def _address(group: Group, reason: Reason) -> str:
    """Where the list shows the orders that are counted; where they have a tab, that has a button for what to do."""
    if group.key == "waits" and reason.code in TABS_OF:
        return url_for("orders.index", tab=TABS_OF[reason.code])
    if group.key == "waits":
        return url_for("orders.index", waiting=reason.code)
    if reason.code == "ignored":
        return url_for("orders.index", state=SyncState.IGNORED)
    return url_for("orders.index", cause=reason.code)


@blueprint.app_template_filter()
def reason_markup(text: str) -> Markup:
    """A text of the list in the reader's language, its `code` and *emphasis* as elements; all else is text."""
    safe = str(escape(t(text)))
    safe = re.sub(r"`([^`]+)`", r"<code>\1</code>", safe)
    return Markup(re.sub(r"\*([^*]+)\*", r"<em>\1</em>", safe))  # noqa: S704  (escaped above)


def _explained(code: str) -> Explained | None:
    found = explained.of_error(code)
    return None if found is None else Explained(found[0].key, found[1], found[0].goes_on)


@blueprint.app_context_processor
def _for_templates() -> dict[str, object]:
    return {"explained": _explained}
