"""A line in the Magento order's history for each status of TikTok's."""

from __future__ import annotations

from connector.domain.plan import CommentInMagento
from connector.sync.run import Run


def comment(run: Run, step: CommentInMagento) -> None:
    """Adds the comment unless it is there. The order's own status goes with it, so that it stays what it is."""
    assert run.magento is not None  # noqa: S101
    if not any(line.comment == step.text for line in run.magento.comments):
        run.magento_client.add_comment(run.magento.entity_id, step.text, status=run.magento.status)
    run.receipt(commented_status=step.status)
