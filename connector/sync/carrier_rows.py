"""The rows of the carrier page: Magento's carriers, what each is mapped to or might be, and how many orders wait for it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from connector.domain.carriers import DEFAULT, USUAL, Carrier, carrier_named, suggestion
from connector.domain.statuses import SyncState
from connector.extensions import db
from connector.models import CarrierMapping, Order, SeenCarrier
from connector.sync import carriers


@dataclass(frozen=True, kw_only=True)
class CarrierRow:
    """One of Magento's carriers on the page: what it is mapped to, what is suggested, and how many orders wait for it."""

    carrier: Carrier
    label: str
    provider_id: str = ""
    provider_name: str = ""
    suggested_id: str = ""
    suggested_name: str = ""
    waiting: int = 0
    is_seen: bool = False
    #: Whether the mapping counts for all shops, not for this one alone.
    is_shared: bool = False

    @property
    def is_mapped(self) -> bool:
        return bool(self.provider_id)


def rows_of(shop_id: int) -> list[CarrierRow]:
    """All carriers of the page for a shop: unmapped ones that orders wait for first, then those seen, then the others."""
    providers = [(provider.provider_id, provider.name) for provider in carriers.providers_of(shop_id)]
    names = dict(providers)
    labels = {Carrier(code): title for code, title in USUAL.items()}
    seen: set[Carrier] = set()
    for row in db.session.scalars(select(SeenCarrier)):
        carrier = Carrier(row.carrier_code, row.title)
        labels[carrier] = row.label or labels.get(carrier, "")
        if row.last_seen_at is not None:
            seen.add(carrier)
    waiting = {carrier_named(subject): count for subject, count in _waiting(shop_id)}
    mapped = {
        Carrier(row.carrier_code, row.title): row
        for row in db.session.scalars(
            select(CarrierMapping).where(CarrierMapping.shop_id.in_((0, shop_id))).order_by(CarrierMapping.shop_id)
        )
    }
    listed = (set(labels) | set(waiting) | set(mapped)) - {Carrier(DEFAULT)}
    rows = []
    for carrier in listed:
        mapping = mapped.get(carrier)
        suggested = "" if mapping else suggestion(carrier, labels.get(carrier, ""), providers)
        rows.append(
            CarrierRow(
                carrier=carrier,
                label=labels.get(carrier, ""),
                provider_id=mapping.shipping_provider_id if mapping else "",
                provider_name=_name(mapping, names),
                suggested_id=suggested,
                suggested_name=names.get(suggested, ""),
                waiting=waiting.get(carrier, 0),
                is_seen=carrier in seen or carrier in waiting,
                is_shared=mapping is not None and mapping.shop_id == 0,
            )
        )
    return sorted(rows, key=lambda row: (row.is_mapped, -row.waiting, not row.is_seen, row.carrier))


def row_of(shop_id: int, carrier: Carrier) -> CarrierRow | None:
    """One carrier as `rows_of` has it."""
    return next((row for row in rows_of(shop_id) if row.carrier == carrier), None)


def default_of(shop_id: int) -> CarrierRow:
    """What is done with carriers that are not mapped."""
    row = db.session.scalars(
        select(CarrierMapping)
        .where(CarrierMapping.shop_id.in_((0, shop_id)), CarrierMapping.carrier_code == DEFAULT)
        .order_by(CarrierMapping.shop_id.desc())
    ).first()
    names = {provider.provider_id: provider.name for provider in carriers.providers_of(shop_id)}
    return CarrierRow(
        carrier=Carrier(DEFAULT),
        label="All other carriers",
        provider_id=row.shipping_provider_id if row else "",
        provider_name=_name(row, names),
    )


def _name(mapping: CarrierMapping | None, names: dict[str, str]) -> str:
    if mapping is None:
        return ""
    return names.get(mapping.shipping_provider_id) or mapping.shipping_provider_name or mapping.shipping_provider_id


def _waiting(shop_id: int) -> list[tuple[str, int]]:
    found = db.session.execute(
        select(Order.error_subject, func.count())
        .where(Order.shop_id == shop_id, Order.sync_state == SyncState.ERROR, Order.error_code == carriers.UNMAPPED)
        .group_by(Order.error_subject)
    )
    return [(subject, count) for subject, count in found]
