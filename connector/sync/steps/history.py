"""Lines in the history of a Magento order. They have no key in Magento: only by their text is it seen that one is there."""

from __future__ import annotations

from connector.domain.magento_order import MagentoOrder
from connector.sync.run import Run
from connector.sync.steps.attempts import attempt


def add(run: Run, magento: MagentoOrder, text: str, *, mark: str = "", status: str = "", visible: bool = False) -> None:
    """Adds a line unless it is there: the very same, or one that holds `mark`.

    `status`: Magento's for the order from now on; "" keeps the one it has. `visible`: for the buyer, too. Raises Unclear while
    an earlier request of unknown outcome may still add it (recording: orders-comments).
    """
    is_there = any(mark in line.comment if mark else line.comment == text for line in magento.comments)
    if is_there:
        return
    with attempt(run, is_harmless=True):
        run.magento_client.add_comment(magento.entity_id, text, status=status or magento.status, visible=visible)
