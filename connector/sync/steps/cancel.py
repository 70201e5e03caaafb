"""Following a cancellation on TikTok's side in Magento: cancel, or a credit memo when it was invoiced."""

from __future__ import annotations

from connector.domain.errors import NeedsMerchant
from connector.domain.plan import CancelInMagento, RefundInMagento, UnholdInMagento
from connector.domain.plan_cancel import CreditInMagento
from connector.magento.errors import AlreadyRefunded
from connector.sync.run import Run
from connector.sync.steps import refund_return
from connector.sync.steps.attempts import attempt
from connector.sync.steps.credit_attempts import WHOLE


def unhold(run: Run, _step: UnholdInMagento) -> None:
    """Takes the order off hold: on hold it can't be cancelled (recording 54)."""
    assert run.magento is not None  # noqa: S101
    run.magento_client.unhold(run.magento.entity_id)
    run.receipt("unheld", "Taken off hold in Magento, to be cancelled.")


def cancel(run: Run, _step: CancelInMagento) -> None:
    """Cancels the order. Magento answers `false`, with 200, when it can't (42, 51, 54): its state says what is so."""
    assert run.magento is not None  # noqa: S101
    with attempt(run):
        is_done = run.magento_client.cancel(run.magento.entity_id)
    if not is_done:
        now = run.magento_client.get_order(run.magento.entity_id)
        if now.is_canceled or (now.state, now.is_invoiced) != (run.magento.state, run.magento.is_invoiced):
            return  # it changed meanwhile; the next round plans anew
        raise NeedsMerchant(
            f"Magento does not let order {now.increment_id} be cancelled (its state is {now.state}).",
            code="cancel_refused",
            remedy="Cancel or refund the order in Magento's admin, then try again.",
        )
    run.receipt("cancelled", f"Cancelled in Magento{_why(run)}.")


def refund(run: Run, step: RefundInMagento) -> None:
    """A credit memo for the whole invoiced order, by which what was reserved becomes salable again (recording 76), and what was
    shipped where the step says so (74).

    Made once, as every other credit memo: one that timed out may still be at work.
    """
    sentence = f"Credited in Magento{', back into stock' if step.to_stock else ''}{_why(run)}."
    whole = CreditInMagento(WHOLE, step.to_stock, sentence, everything=True, to_stock=bool(step.to_stock))
    try:
        refund_return.credit(run, whole)
    except AlreadyRefunded:
        return


def _why(run: Run) -> str:
    return f": {run.order.cancel_reason}" if run.order.cancel_reason else ""
