"""An order that Magento has already although nothing is written down of it here: after a database was restored from a backup
that is older, or set up anew. It is taken over instead of being created a second time.

One search by TikTok's number, and only for orders that became known late: a new order costs no call.
"""

from __future__ import annotations

from connector import clock
from connector.domain.errors import Conflict, NeedsMerchant
from connector.domain.plan import RECORD, RESERVE
from connector.sync.run import Run


def look(run: Run) -> None:
    """Takes over the Magento order that carries the order's number, if there is one. Raises Conflict then: all is read anew.

    Raises NeedsMerchant when there are several.
    """
    found = run.magento_client.find_orders_by_ext_order_id(run.order.id)
    if not found:
        return
    if len(found) > 1:
        numbers = ", ".join(each.increment_id for each in found)
        raise NeedsMerchant(
            f"Magento has {len(found)} orders with this TikTok number: {numbers}.",
            code="several_magento_orders",
            remedy="Cancel all but one of them in Magento, or mark this order to be ignored.",
        )
    [order] = found
    is_record = order.increment_id == f"{run.settings.order_prefix}{run.order.id}"
    run.receipt(
        "taken_over",
        f"Magento has the order already: {order.increment_id}. It is taken over.",
        magento_way=RECORD if is_record else RESERVE,
        magento_order_id=order.entity_id,
        magento_increment_id=order.increment_id,
        magento_created_at=order.created_at or clock.now(),
        # The number is written together with the amounts (connector.sync.steps.correct), so these are right as well.
        magento_corrected_at=clock.now(),
    )
    raise Conflict("The order was found in Magento.", code="taken_over")
