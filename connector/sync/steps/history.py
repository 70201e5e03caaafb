"""Lines in the history of a Magento order. They have no key in Magento: only by their text is it seen that one is there."""

from __future__ import annotations

from connector import clock
from connector.domain.errors import ConnectorError
from connector.domain.magento_order import MagentoOrder
from connector.sync.run import Run
from connector.sync.steps.attempts import may_be_at_work, wait_for_earlier
from connector.sync.stopping import Stopping


def add(run: Run, magento: MagentoOrder, text: str, *, mark: str = "", status: str = "", visible: bool = False) -> None:
    """Adds a line unless it is there: the very same, or one that holds `mark`.

    `status`: Magento's for the order from now on; "" keeps the one it has. `visible`: for the buyer, too. Raises Unclear while
    an earlier request of unknown outcome may still add it (recording: orders-comments).
    """
    is_there = any(mark in line.comment if mark else line.comment == text for line in magento.comments)
    if is_there:
        return
    wait_for_earlier(run.row.magento_line_asked_at)
    begun_at = clock.now()
    try:
        run.magento_client.add_comment(magento.entity_id, text, status=status or magento.status, visible=visible)
    except (ConnectorError, Stopping) as error:
        # Not before each call, as for other changes: after a worker was killed the lease lasts longer than most calls, and a
        # line that stands there twice costs nobody anything.
        if may_be_at_work(error):
            run.receipt(magento_line_asked_at=begun_at, later=True)
        raise
