"""Warehouses, delivery options and shipping providers of a shop; ids stay the same from start to start."""

from typing import Any

from sandbox.tiktok.catalogue import listing_id
from sandbox.tiktok.regions import REGIONS


def provider_id(region: str, name: str) -> str:
    return listing_id(f"carrier-{region}", name)


PROVIDERS: dict[str, tuple[str, str]] = {
    provider_id(region.code, name): (region.code, name) for region in REGIONS.values() for name in region.carriers
}


def providers_of(region: str) -> list[dict[str, str]]:
    """`data.shipping_providers` of a market: id and name."""
    return [{"id": provider_id(region, name), "name": name} for name in REGIONS[region].carriers]


def provider_name(identifier: str) -> str:
    """The carrier's name, or nothing for no or an unknown id."""
    return PROVIDERS.get(identifier, ("", ""))[1]


def warehouse_id(shop_id: str) -> str:
    return listing_id("warehouse", shop_id)


def return_warehouse_id(shop_id: str) -> str:
    return listing_id("return-warehouse", shop_id)


def delivery_option_id(shop_id: str, shipping_type: str) -> str:
    return listing_id(f"delivery-option-{shipping_type}", shop_id)


def warehouses_of(shop_id: str, region_code: str) -> list[dict[str, Any]]:
    """`data.warehouses`: one to ship from, one to return to."""
    region = REGIONS[region_code]
    address = {
        "region": region.name,
        "state": "Sandbox State",
        "city": "Sandbox City",
        "distict": "",
        "town": "",
        "contact_person": "Warehouse Desk",
        "postal_code": "00000",
        "full_address": f"1 Depot Road, Sandbox City, {region.name}",
        "region_code": region.code,
        "phone_number": "(+1)0000000000",
        "address_line1": "1 Depot Road",
        "address_line2": "",
        "geolocation": {"latitude": "0.0", "longitude": "0.0"},
    }
    common = {"entity_id": listing_id("entity", shop_id), "effect_status": "ENABLED", "sub_type": "DOMESTIC_WAREHOUSE"}
    return [
        {
            "id": warehouse_id(shop_id),
            "name": "Main warehouse",
            "type": "SALES_WAREHOUSE",
            "is_default": True,
            "address": address,
            **common,
        },
        {
            "id": return_warehouse_id(shop_id),
            "name": "Returns",
            "type": "RETURN_WAREHOUSE",
            "is_default": False,
            "address": address,
            **common,
        },
    ]


def delivery_options_of(shop_id: str) -> list[dict[str, Any]]:
    """`data.delivery_options` of the warehouse: TikTok's own shipping and the seller's."""
    limits = {
        "dimension_limit": {"max_height": 100, "max_length": 120, "max_width": 100, "unit": "CM"},
        "weight_limit": {"max_weight": 30000, "min_weight": 1, "unit": "GRAM"},
        "platform": ["TIKTOK_SHOP"],
    }
    return [
        {
            "id": delivery_option_id(shop_id, "SELLER"),
            "name": "Shipped by seller",
            "type": "SEND_BY_SELLER",
            "description": "The seller ships with a carrier of their own",
            **limits,
        },
        {
            "id": delivery_option_id(shop_id, "TIKTOK"),
            "name": "Standard shipping",
            "type": "STANDARD",
            "description": "TikTok Shop gives the label",
            **limits,
        },
    ]
