"""A fingerprint of the recipient that a Magento order's address was written from: what changed is noticed, nothing kept."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict

from connector.domain.order import Order

#: Stands for the fingerprint while the order's address is a placeholder (connector.domain.plan_hold).
PLACEHOLDER = "placeholder"


def address_print(order: Order) -> str:
    """SHA-256 of the order's recipient (and tax number) together with the order's id: the same recipient, the same text."""
    document = {"id": order.id, "recipient": asdict(order.recipient), "cpf": order.cpf}
    return hashlib.sha256(json.dumps(document, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
