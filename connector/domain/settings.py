"""What a merchant can set for a shop, as one typed value with sound defaults.

Stored as JSON in the shop's row (only what differs from the default); `from_stored` ignores names that it does not
know, so that an older version can read a newer row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from decimal import Decimal
from typing import Any, Literal

#: Countries whose TikTok prices include value added tax (reference/tiktok/README.md: "UK/EU prices include VAT").
VAT_COUNTRIES = frozenset({
    "GB", "UK", "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV",
    "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
})  # fmt: skip
#: Stands in `status_map` for a status that is not noted.
NO_NOTE = "-"


@dataclass(frozen=True, kw_only=True)
class ShopSettings:
    """Every setting of one shop. A field's comment is the sentence that the panel shows."""

    # -- creating ------------------------------------------------------------------------------------------------
    #: "reserve" places a cart, so that Magento's stock is reserved; "record" writes a complete order, no stock touched.
    create_way: Literal["reserve", "record"] = "reserve"
    #: "hold": once TikTok's hold is over; "paid": already during it, where there is an address; "by_hand": when a person asks.
    create_when: Literal["paid", "hold", "by_hand"] = "hold"
    #: Another field of Magento's orders in which another connector writes TikTok's order number; empty: none.
    link_field: str = ""
    #: While TikTok holds an order: "wait", or "reserve" its stock with an order on hold in Magento.
    on_hold: Literal["wait", "reserve"] = "wait"
    #: Hours to wait after TikTok's hold, 0 to 48.
    wait_after_hold: int = 0
    order_prefix: str = "TT-"
    customer_email: str = "buyerid@tiktok.com"
    #: "guest" uses customer_email; "buyer" the buyer's anonymized address; "each" a customer for each such address, created
    #: where there is none; "fixed" an existing customer of the store.
    customer_mode: Literal["guest", "buyer", "each", "fixed"] = "guest"
    fixed_customer_id: int | None = None
    #: The website that buyers' customers belong to; empty: that of the store view which the shop is bound to.
    customer_website_id: int | None = None
    #: The id of the customer group that orders get, and customers who are created; empty: Magento's own (NOT LOGGED IN for
    #: guests, the default group for customers).
    customer_group_id: int | None = None
    payment_method: str = "checkmo"
    shipping_carrier_code: str = "flatrate"
    shipping_method_code: str = "flatrate"
    invoice: bool = True
    write_external_reference: bool = True
    comment_on_status: bool = True

    #: Free samples: created as orders at price 0, one Magento order for each creator's of a window, or only when a person asks.
    samples: Literal["create", "combine", "skip"] = "create"
    #: Hours, 0.5 to 24, for which samples of one creator are gathered.
    sample_window: str = "2"
    #: The payment method of cash-on-delivery orders; empty: as for the others.
    cod_payment_method: str = ""

    # -- what the Magento order says -------------------------------------------------------------------------------
    #: The Magento order's date: when it was placed on TikTok Shop, or when it was created in Magento.
    order_date: Literal["tiktok", "magento"] = "tiktok"
    tell_message: bool = True
    tell_note: bool = True
    tell_ship_by: bool = True
    tell_delivery: bool = True
    tell_marks: bool = True
    tell_amounts: bool = True
    #: Whether notes that the staff write in the panel become comments in Magento, for the admin alone.
    tell_staff_notes: bool = True
    #: Whether the first comment is shown in the customer's account.
    comments_visible: bool = False

    # -- money ---------------------------------------------------------------------------------------------------
    #: "buyer_paid" is what the buyer paid; "merchant_paid" adds back the discounts that TikTok funds.
    price_basis: Literal["buyer_paid", "merchant_paid"] = "buyer_paid"
    #: "auto" chooses by region: as TikTok lists it (US), included in the price (UK, EU), none elsewhere.
    tax_mode: Literal["auto", "listed", "included", "none"] = "auto"
    #: The VAT rate in percent by country, for prices that include tax. "" is the rate for countries not named.
    vat_rates: Mapping[str, str] | None = None
    #: Where fees that the buyer paid to TikTok go: into the shipping amount, or left out of the Magento order's total.
    fees_mode: Literal["shipping", "leave_out"] = "shipping"
    #: 1 unit of the order's currency in the store's base currency; empty: the rate that Magento itself has.
    exchange_rate: str = ""
    #: Percent of a co-funded shipping discount that TikTok pays back on delivery, by the terms that the shop signed;
    #: counts only where the price is what the merchant is paid.
    cofunded_share: str = "0"

    #: Whether statements, fees and payments are read from TikTok, for the Payouts page and the orders' margins.
    read_finance: bool = True

    # -- address -------------------------------------------------------------------------------------------------
    telephone_placeholder: str = "000-000-0000"
    #: Written where TikTok gives no post code and Magento wants one (Vietnam, for instance).
    postcode_placeholder: str = "00000"
    #: When the state or province matches none of Magento's: "error", or "fallback" to the named (else the first) region.
    unknown_region: Literal["error", "fallback"] = "error"
    fallback_region: str = ""
    street_lines: int = 2
    #: Whether the house number has a street line of its own, where it stands behind the street (NL, DE, BE, AT).
    house_number_line: bool = False
    #: Whose the billing address is: the recipient's, or one fixed address of the merchant's.
    billing_address: Literal["shipping", "fixed"] = "shipping"
    billing_company: str = ""
    billing_firstname: str = ""
    billing_lastname: str = ""
    billing_street: str = ""
    billing_postcode: str = ""
    billing_city: str = ""
    billing_region: str = ""
    billing_country: str = ""
    billing_telephone: str = ""
    billing_vat_id: str = ""

    # -- products ------------------------------------------------------------------------------------------------
    sku_strip_prefix: str = ""
    sku_strip_suffix: str = ""
    sku_ignore_case: bool = False
    #: Another Magento attribute that holds the TikTok SKU; empty: none.
    sku_attribute: str = ""
    #: What to do with a product that is unknown, disabled or out of stock.
    product_problem: Literal["error", "record", "placeholder"] = "error"
    placeholder_sku: str = ""

    # -- returns -------------------------------------------------------------------------------------------------
    #: Whether a refund of TikTok's becomes a credit memo in Magento, or is only told there.
    refunds: Literal["creditmemo", "tell"] = "creditmemo"
    #: Whether returned items go back into Magento's stock, where TikTok does not say it itself.
    return_to_stock: bool = True
    #: A parcel that did not arrive, once TikTok has cancelled it: "tell" leaves it to a person; it is credited, or credited with
    #: its stock back.
    failed_delivery: Literal["tell", "credit", "credit_stock"] = "tell"

    # -- the end -------------------------------------------------------------------------------------------------
    #: When an order is cancelled in Magento: "ask" puts a task on it, "cancel" cancels it on TikTok Shop, "nothing".
    magento_cancel: Literal["ask", "cancel", "nothing"] = "ask"
    #: TikTok's reason (its name or its words) for an order that is cancelled because it was cancelled in Magento.
    magento_cancel_reason: str = "seller_cancel_reason_out_of_stock"
    #: The same for items that were credited or cancelled in Magento before they were shipped.
    magento_credit: Literal["ask", "cancel", "nothing"] = "ask"
    #: Words in Magento's comments to TikTok's reason (its name or its words).
    magento_cancel_words: Mapping[str, str] | None = None
    #: By TikTok's status: the Magento status that an order gets with its note, or "-" for no note. Left out: a note alone.
    status_map: Mapping[str, str] | None = None

    # -- notices -------------------------------------------------------------------------------------------------
    #: Who is mailed, separated by commas, and where events are posted to; empty: nobody, nowhere.
    notify_mail: str = ""
    notify_url: str = ""
    notify_errors: bool = True
    notify_deadlines: bool = True
    #: How many hours before an order has to be shipped, or is cancelled by TikTok, that is told.
    notify_hours_before: int = 24
    notify_new_orders: bool = False
    #: A Slack-compatible address (Slack, Mattermost, Rocket.Chat, …) that takes {"text": …}.
    notify_slack: str = ""
    #: Mails are sent at once (one a minute at most), or gathered for an hour or a day.
    notify_digest: Literal["at_once", "hourly", "daily"] = "at_once"
    #: The hour of the day, in the shop's time zone, at which the mail of a day is sent.
    notify_digest_hour: int = 8
    #: What mails and Slack are told in, one of the panel's languages. Posts of JSON are for machines, and English.
    notify_language: Literal["en", "en_US", "de"] = "en"
    #: So many orders that fail within an hour are told of as one trouble; 0: never.
    notify_failures: int = 10
    notify_connections: bool = True
    notify_carriers: bool = True

    # -- packing -------------------------------------------------------------------------------------------------
    #: What pick lists and packing slips are printed on; "auto": Letter in the Americas and the Philippines, else A4.
    packing_paper: Literal["auto", "a4", "letter"] = "auto"
    packing_prices: bool = False
    #: A sentence of the merchant's own at the foot of each packing slip.
    packing_note: str = ""
    #: The days on which the shop works, as the meter of late dispatches counts them, and those of them on which it does not.
    working_days: str = "Mon Tue Wed Thu Fri"
    holidays: str = ""

    # -- personal data -------------------------------------------------------------------------------------------
    #: Days after an order's end for which the recipient's and buyer's data are kept here.
    keep_personal_days: int = 90

    def to_stored(self) -> dict[str, Any]:
        """Only what differs from the default, as JSON-able values."""
        default = ShopSettings()
        return {name: value for name, value in asdict(self).items() if value != getattr(default, name)}

    @classmethod
    def from_stored(cls, stored: Mapping[str, Any] | None) -> ShopSettings:
        """The settings from a shop's row; unknown names are ignored."""
        names = {field.name for field in fields(cls)}
        stored = dict(stored or {})
        if stored.get("completed_status"):  # the one status that could be set before there was a table of them
            stored.setdefault("status_map", {"COMPLETED": stored["completed_status"]})
        return cls(**{name: value for name, value in stored.items() if name in names})

    def magento_status_for(self, status: str) -> str:
        """The Magento status that an order gets when TikTok's becomes `status`; "": it keeps its own."""
        code = (self.status_map or {}).get(status, "")
        return "" if code == NO_NOTE else code

    def notes_status(self, status: str) -> bool:
        """Whether TikTok's `status` is noted in the Magento order; a status that is set always is."""
        if self.magento_status_for(status):
            return True
        return self.comment_on_status and (self.status_map or {}).get(status) != NO_NOTE

    def tax_mode_for(self, country: str) -> Literal["listed", "included", "none"]:
        """How tax is booked for an order to `country` (ISO code), with "auto" resolved."""
        if self.tax_mode != "auto":
            return self.tax_mode
        if country == "US":
            return "listed"
        return "included" if country in VAT_COUNTRIES else "none"

    def vat_rate_for(self, country: str) -> Decimal | None:
        """The merchant's VAT rate for a country in percent, or None when none was set."""
        rates = self.vat_rates or {}
        rate = rates.get(country, rates.get(""))
        return None if rate is None or rate == "" else Decimal(rate)
