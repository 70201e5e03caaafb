"""The invoice of a created order."""

from __future__ import annotations

from connector.domain.plan import InvoiceInMagento
from connector.magento.errors import AlreadyInvoiced
from connector.sync.run import Run
from connector.sync.steps.attempts import attempt


def invoice(run: Run, _step: InvoiceInMagento) -> None:
    """Invoices the whole order. Invoiced already, by an attempt that timed out or by hand, is as good."""
    assert run.magento is not None  # noqa: S101
    try:
        with attempt(run):
            run.magento_client.invoice(run.magento.entity_id)
    except AlreadyInvoiced:
        return
    run.receipt("invoiced", "Invoiced in Magento.")
