"""One billing address of the merchant's for all orders, from the shop's settings."""

from __future__ import annotations

from collections.abc import Sequence

from connector.domain.address import named_region
from connector.domain.errors import NeedsMerchant
from connector.domain.postal import PostalAddress, Region
from connector.domain.settings import ShopSettings


def fixed_billing(settings: ShopSettings, regions: Sequence[Region], *, region_required: bool) -> PostalAddress:
    """The settings' billing address with Magento's region (`regions` are Magento's for its country).

    Raises NeedsMerchant (billing_region_unknown) where Magento wants a region and none of its is called so.
    """
    country = settings.billing_country
    region = named_region(country, settings.billing_region, regions)
    if region is None and region_required and regions:
        raise NeedsMerchant(
            f"Magento needs a region for the billing address of the settings, and none in {country} is called"
            f" “{settings.billing_region}”.",
            code="billing_region_unknown",
            subject=f"{country}: {settings.billing_region}",
            remedy="Write the state or province of the billing address in the shop's settings as Magento spells it.",
        )
    return PostalAddress(
        firstname=settings.billing_firstname,
        lastname=settings.billing_lastname,
        company=settings.billing_company,
        street=(settings.billing_street,),
        city=settings.billing_city,
        postcode=settings.billing_postcode,
        country_id=country,
        telephone=settings.billing_telephone or settings.telephone_placeholder,
        region=region.name if region else settings.billing_region,
        region_code=region.code if region else "",
        region_id=region.id if region else None,
        vat_id=settings.billing_vat_id,
    )
