"""A fingerprint of the recipient that a Magento order's address was written from: what changed is noticed, nothing kept."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict

from connector.domain.order import Order

#: Stands for the fingerprint while the order's address is a placeholder (connector.domain.plan_hold).
PLACEHOLDER = "placeholder"
#: Stands for it where the order may have come of one attempt or of another, with different recipients.
UNCLEAR = "unclear"


def address_print(order: Order) -> str:
    """SHA-256 of the order's recipient (and tax number) together with the order's id: the same recipient, the same text."""
    document = {"id": order.id, "recipient": asdict(order.recipient), "cpf": order.cpf}
    return hashlib.sha256(json.dumps(document, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def either(one: str, other: str) -> str:
    """The fingerprint of an order that has one of two recipients' addresses: one that has the address written anew."""
    if PLACEHOLDER in (one, other):
        return PLACEHOLDER
    return one if one == other else UNCLEAR
