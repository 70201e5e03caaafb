"""TikTok's order document, read into domain values. Field names are TikTok's (Get Order Detail, 202507)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from marshmallow import ValidationError, post_load

from connector.domain import statuses
from connector.domain.order import ZERO, BundlePart, District, LineItem, Order, Payment, Recipient
from connector.tiktok.fields import (
    Amount,
    Count,
    EssentialMoment,
    EssentialText,
    Fee,
    Flag,
    LenientSchema,
    ListOf,
    Moment,
    ObjectOf,
    Text,
)


def _take_fees(schema: LenientSchema, data: dict[str, Any]) -> Mapping[str, Decimal]:
    """The fees that were sent, by TikTok's name, taken out of the loaded data."""
    fees = {name: data.pop(name) for name, field in schema.fields.items() if isinstance(field, Fee)}
    return MappingProxyType({name: fee for name, fee in fees.items() if fee is not None})


class PaymentSchema(LenientSchema):
    currency = EssentialText()
    total_amount = Amount()
    sub_total = Amount()
    original_total_product_price = Amount()
    seller_discount = Amount()
    platform_discount = Amount()
    payment_platform_discount = Amount()
    payment_discount_service_fee = Amount()
    shipping_fee = Amount()
    original_shipping_fee = Amount()
    shipping_fee_seller_discount = Amount()
    shipping_fee_platform_discount = Amount()
    shipping_fee_cofunded_discount = Amount()
    tax = Amount()
    product_tax = Amount()
    shipping_fee_tax = Amount()
    # What the buyer pays to TikTok on top of products, shipping and taxes.
    retail_delivery_fee = Fee()
    small_order_fee = Fee()
    buyer_service_fee = Fee()
    handling_fee = Fee()
    shipping_insurance_fee = Fee()
    item_insurance_fee = Fee()
    item_insurance_tax = Fee()
    distance_shipping_fee = Fee()
    distance_fee = Fee()

    @post_load(pass_original=True)
    def build(self, data: dict[str, Any], original: Mapping[str, Any], **kwargs: Any) -> Payment:
        if original.get("total_amount") in (None, "") and (data["sub_total"] or data["shipping_fee"]):
            # A total of zero beside amounts that are not would be booked as a free order.
            raise ValidationError({"total_amount": ["is missing"]})
        return Payment(fees=_take_fees(self, data), **data)


class TaxSchema(LenientSchema):
    tax_amount = Amount()


class BundlePartSchema(LenientSchema):
    sku_id = Text()
    seller_sku = Text()
    product_id = Text()
    sku_count = Count()


class SubItemSchema(LenientSchema):
    id = Text()
    display_status = Text()
    sku_id = Text()
    seller_sku = Text()
    product_id = Text()


class LineItemSchema(LenientSchema):
    id = EssentialText()
    sku_id = Text()
    seller_sku = Text()
    product_id = Text()
    product_name = Text()
    sku_name = Text()
    sku_image = Text()
    original_price = Amount()
    sale_price = Amount()
    seller_discount = Amount()
    platform_discount = Amount()
    shipping_vat_amount = Amount()
    is_gift = Flag()
    display_status = Text()
    package_id = Text()
    package_status = Text()
    tracking_number = Text()
    shipping_provider_id = Text()
    shipping_provider_name = Text()
    cancel_reason = Text()
    cancel_user = Text()
    item_tax = ListOf(TaxSchema, strict=True)
    combined_listing_skus = ListOf(BundlePartSchema, strict=True)
    sub_item_info = ListOf(SubItemSchema)
    retail_delivery_fee = Fee()
    small_order_fee = Fee()
    buyer_service_fee = Fee()
    pfand_fee = Fee()
    distance_shipping_fee = Fee()
    distance_fee = Fee()

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> LineItem:
        taxes, sub_items = data.pop("item_tax"), data.pop("sub_item_info")
        cancelled = [item for item in sub_items if statuses.normalised(item["display_status"]) == statuses.CANCELLED]
        return LineItem(
            item_tax=sum((tax["tax_amount"] for tax in taxes), ZERO),
            bundle_parts=_without(cancelled, _bundle_parts(data.pop("combined_listing_skus"), sub_items)),
            part_skus=MappingProxyType(
                {item["id"]: item["seller_sku"] or item["sku_id"] for item in sub_items if item["id"]}
            ),
            fees=_take_fees(self, data),
            **data,
        )


def _bundle_parts(listed: tuple[dict[str, Any], ...], sub_items: tuple[dict[str, Any], ...]) -> tuple[BundlePart, ...]:
    """What one bundle is made of, as `combined_listing_skus` counts it. Without that, each sub item is one piece.

    The seller's SKU of a part may stand in either.
    """
    seller_skus = {item["sku_id"]: item["seller_sku"] for item in sub_items if item["seller_sku"]}
    if not listed:
        pieces = Counter(item["sku_id"] for item in sub_items)
        by_sku = {item["sku_id"]: item for item in sub_items}
        listed = tuple({**by_sku[sku_id], "sku_count": count} for sku_id, count in pieces.items())
    return tuple(
        BundlePart(
            sku_id=part["sku_id"],
            seller_sku=part["seller_sku"] or seller_skus.get(part["sku_id"], ""),
            product_id=part["product_id"],
            count=part["sku_count"],
        )
        for part in listed
    )


def _without(cancelled: list[dict[str, Any]], parts: tuple[BundlePart, ...]) -> tuple[BundlePart, ...]:
    """What is still wanted of a bundle of which pieces were cancelled by themselves; all of it when every one is cancelled."""
    gone = Counter(item["sku_id"] for item in cancelled)
    wanted = (replace(part, count=part.count - gone[part.sku_id]) for part in parts)
    return tuple(part for part in wanted if part.count > 0) or parts


class DistrictSchema(LenientSchema):
    address_level = Text()
    address_level_name = Text()
    address_name = Text()
    iso_code = Text()

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> District:
        return District(
            level=data["address_level"],
            level_name=data["address_level_name"],
            name=data["address_name"],
            iso_code=data["iso_code"],
        )


class RecipientSchema(LenientSchema):
    name = Text()
    first_name = Text()
    last_name = Text()
    phone_number = Text()
    region_code = Text()
    postal_code = Text()
    address_line1 = Text()
    address_line2 = Text()
    address_line3 = Text()
    address_line4 = Text()
    address_detail = Text()
    full_address = Text()
    post_town = Text()
    district_info = ListOf(DistrictSchema)

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> Recipient:
        return Recipient(districts=data.pop("district_info"), **data)


class PackageSchema(LenientSchema):
    id = Text()


class OrderSchema(LenientSchema):
    id = EssentialText()
    status = EssentialText()
    create_time = EssentialMoment()
    update_time = EssentialMoment()
    payment = ObjectOf(PaymentSchema, required=True)
    line_items = ListOf(LineItemSchema, strict=True)
    recipient_address = ObjectOf(RecipientSchema, default=Recipient())
    paid_time = Moment()
    rts_time = Moment()
    delivery_time = Moment()
    cancel_time = Moment()
    rts_sla_time = Moment()
    tts_sla_time = Moment()
    shipping_due_time = Moment()
    collection_due_time = Moment()
    delivery_due_time = Moment()
    cancel_order_sla_time = Moment()
    release_date = Moment()
    fulfillment_type = Text("FULFILLMENT_BY_SELLER")
    shipping_type = Text("SELLER")
    order_type = Text()
    delivery_option_name = Text()
    buyer_email = Text()
    buyer_message = Text()
    buyer_nickname = Text()
    user_id = Text()
    seller_note = Text()
    cancel_reason = Text()
    cancellation_initiator = Text()
    cpf = Text()
    cpf_name = Text()
    warehouse_id = Text()
    tracking_number = Text()
    shipping_provider = Text()
    shipping_provider_id = Text()
    split_or_combine_tag = Text()
    packages = ListOf(PackageSchema)
    is_cod = Flag()
    is_on_hold_order = Flag()
    is_sample_order = Flag()
    is_replacement_order = Flag()
    replaced_order_id = Text()
    is_exchange_order = Flag()
    exchange_source_order_id = Text()
    is_buyer_request_cancel = Flag()

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> Order:
        if not data["line_items"]:
            # It would be booked as an order of nothing, at its total. TikTok lists them in every status.
            raise ValidationError({"line_items": ["is missing"]})
        data["status"] = statuses.normalised(data["status"])
        packages = data.pop("packages")
        return Order(
            recipient=data.pop("recipient_address"),
            package_ids=tuple(package["id"] for package in packages if package["id"]),
            **data,
        )
