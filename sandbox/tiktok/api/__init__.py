"""The operations of the Open API that the sandbox has, one module per group."""

from sandbox.tiktok.api import (
    accounts,
    cancellations,
    finance,
    fulfillment,
    logistics,
    offers,
    orders,
    packages,
    parcelling,
    returns,
)
from sandbox.tiktok.gate import Operation

OPERATIONS: list[Operation] = [
    *accounts.OPERATIONS,
    *orders.OPERATIONS,
    *fulfillment.OPERATIONS,
    *logistics.OPERATIONS,
    *packages.OPERATIONS,
    *parcelling.OPERATIONS,
    *cancellations.OPERATIONS,
    *returns.OPERATIONS,
    *offers.OPERATIONS,
    *finance.OPERATIONS,
]
