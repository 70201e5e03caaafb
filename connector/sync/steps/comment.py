"""A line in the Magento order's history for each status of TikTok's."""

from __future__ import annotations

from connector.domain.errors import NeedsMerchant
from connector.domain.magento_order import MagentoOrder
from connector.domain.plan import CommentInMagento
from connector.magento.errors import WrongState
from connector.sync.run import Run
from connector.sync.steps import history


def comment(run: Run, step: CommentInMagento) -> None:
    """Adds the comment unless it is there. The order's own status goes with it, so that it stays what it is."""
    assert run.magento is not None  # noqa: S101
    _add(run, step, run.magento)
    run.receipt(commented_status=step.status, later=True)


def _add(run: Run, step: CommentInMagento, magento: MagentoOrder) -> None:
    if step.magento_status and step.magento_status != magento.status:
        try:
            history.add(run, magento, step.text, status=step.magento_status)
        except (NeedsMerchant, WrongState) as error:
            # The status that was set up does not belong to the order's state: it is told, and the comment still made.
            run.receipt(
                "status_refused",
                f"Magento did not take the status {step.magento_status}: {error.message}",
                is_error=True,
            )
        else:
            return
    history.add(run, magento, step.text)
