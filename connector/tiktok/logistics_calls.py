"""Warehouses, their delivery options, and the carriers behind those: TikTok's side of the carrier mapping."""

from __future__ import annotations

from dataclasses import dataclass

from connector.tiktok.caller import Caller, objects, path_of, text
from connector.tiktok.errors import RequestRefused

#: The delivery option of sellers who choose their own carrier; TikTok refuses to list carriers for its own options.
SEND_BY_SELLER = "SEND_BY_SELLER"


@dataclass(frozen=True, kw_only=True)
class Warehouse:
    id: str
    name: str
    type: str  # SALES_WAREHOUSE, RETURN_WAREHOUSE
    effect_status: str  # ENABLED, DISABLED, RESTRICTED
    is_default: bool
    region: str


@dataclass(frozen=True, kw_only=True)
class DeliveryOption:
    id: str
    name: str
    type: str  # STANDARD, EXPRESS, ECONOMY, SEND_BY_SELLER, …


@dataclass(frozen=True, kw_only=True)
class ShippingProvider:
    """A carrier as TikTok knows it; `id` is what goes with a tracking number."""

    id: str
    name: str


class LogisticsCalls(Caller):
    def warehouses(self) -> list[Warehouse]:
        """GET /logistics/202309/warehouses."""
        warehouses = []
        for warehouse in objects(self.call("GET", "/logistics/202309/warehouses"), "warehouses"):
            address = warehouse.get("address")
            warehouses.append(
                Warehouse(
                    id=text(warehouse, "id"),
                    name=text(warehouse, "name"),
                    type=text(warehouse, "type"),
                    effect_status=text(warehouse, "effect_status"),
                    is_default=warehouse.get("is_default") is True,
                    region=text(address, "region") if isinstance(address, dict) else "",
                )
            )
        return warehouses

    def delivery_options(self, warehouse_id: str) -> list[DeliveryOption]:
        """GET /logistics/202309/warehouses/{warehouse_id}/delivery_options."""
        data = self.call(
            "GET", path_of("/logistics/202309/warehouses/{warehouse_id}/delivery_options", warehouse_id=warehouse_id)
        )
        return [
            DeliveryOption(id=text(option, "id"), name=text(option, "name"), type=text(option, "type"))
            for option in objects(data, "delivery_options")
        ]

    def shipping_providers(self, delivery_option_id: str) -> list[ShippingProvider]:
        """GET /logistics/202309/delivery_options/{delivery_option_id}/shipping_providers.

        Raises RequestRefused for an option whose carrier TikTok chooses.
        """
        data = self.call(
            "GET",
            path_of(
                "/logistics/202309/delivery_options/{delivery_option_id}/shipping_providers",
                delivery_option_id=delivery_option_id,
            ),
        )
        return [
            ShippingProvider(id=text(provider, "id"), name=text(provider, "name"))
            for provider in objects(data, "shipping_providers")
        ]

    def all_shipping_providers(self) -> list[ShippingProvider]:
        """Every carrier that the shop can ship with, over all its warehouses and delivery options; each once, by name.

        Options whose carrier TikTok chooses are passed over.
        """
        sales = [warehouse for warehouse in self.warehouses() if warehouse.type != "RETURN_WAREHOUSE"]
        options = {option.id: option for warehouse in sales for option in self.delivery_options(warehouse.id)}
        providers: dict[str, ShippingProvider] = {}
        for option in options.values():
            try:
                found = self.shipping_providers(option.id)
            except RequestRefused:
                if option.type == SEND_BY_SELLER:
                    raise
                continue  # "If the delivery option is fulfilled by TikTok, the request returns an error"
            providers |= {provider.id: provider for provider in found}
        return sorted(providers.values(), key=lambda provider: provider.name.casefold())
