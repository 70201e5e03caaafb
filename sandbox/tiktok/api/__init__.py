"""The operations of the Open API that the sandbox has, one module per group."""

from sandbox.tiktok.api import accounts, cancellations, finance, fulfillment, logistics, orders, packages, returns
from sandbox.tiktok.gate import Operation

OPERATIONS: list[Operation] = [
    *accounts.OPERATIONS,
    *orders.OPERATIONS,
    *fulfillment.OPERATIONS,
    *logistics.OPERATIONS,
    *packages.OPERATIONS,
    *cancellations.OPERATIONS,
    *returns.OPERATIONS,
    *finance.OPERATIONS,
]
