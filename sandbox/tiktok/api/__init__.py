"""The operations of the Open API that the sandbox has, one module per group."""

from sandbox.tiktok.api import accounts, orders
from sandbox.tiktok.gate import Operation

OPERATIONS: list[Operation] = [*accounts.OPERATIONS, *orders.OPERATIONS]
