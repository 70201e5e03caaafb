"""What differs between TikTok Shop's markets: currency, decimals, tax, packages, carriers."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

EU = frozenset({"DE", "FR", "ES", "IT", "IE", "NL"})

# Mark Package As Shipped works here (its documentation lists these); elsewhere it answers 21008106 and the package
# itself is shipped.
MARK_AS_SHIPPED = frozenset({"US", "GB", "ES", "IE", "IT", "DE", "FR", "JP"})
# Create Packages, TikTok's own labels, is for "the US, UK, EMEA, and JP".
LABELS_ON_REQUEST = EU | {"US", "GB", "JP"}
# Local sellers here have no package before they ship (documentation of `package_id` in Get Order Detail).
NO_PACKAGE_BEFORE_SHIPPING = frozenset({"US", "GB"})
# Single lines can be cancelled here; elsewhere only the whole order.
PARTIAL_CANCELLATION = frozenset({"US", "GB"})

DECIMALS = {"JPY": 0, "VND": 0, "IDR": 0}


@dataclass(frozen=True)
class Region:
    """A market. `rate` turns a US-dollar list price into the market's; `vat` is in the prices, `sales_tax` on top."""

    code: str
    name: str
    currency: str
    rate: Decimal
    vat: Decimal
    sales_tax: Decimal
    shipping_fee: Decimal
    carriers: tuple[str, ...]


def _region(
    code: str, name: str, currency: str, rate: str, vat: str, shipping_fee: str, *carriers: str, sales_tax: str = "0"
) -> Region:
    return Region(
        code, name, currency, Decimal(rate), Decimal(vat), Decimal(sales_tax), Decimal(shipping_fee), carriers
    )


REGIONS: dict[str, Region] = {
    region.code: region
    for region in (
        _region("US", "United States", "USD", "1", "0", "5.99", "USPS", "UPS", "FedEx", "DHL", sales_tax="0.0825"),
        _region("GB", "United Kingdom", "GBP", "0.80", "0.20", "3.49", "Royal Mail", "Evri", "DPD UK"),
        _region("DE", "Germany", "EUR", "0.92", "0.19", "4.49", "DHL Paket", "Hermes", "DPD", "GLS"),
        _region("FR", "France", "EUR", "0.92", "0.20", "4.90", "Colissimo", "Chronopost", "Mondial Relay"),
        _region("ES", "Spain", "EUR", "0.92", "0.21", "3.99", "Correos", "SEUR"),
        _region("IT", "Italy", "EUR", "0.92", "0.22", "4.99", "BRT", "Poste Italiane"),
        _region("IE", "Ireland", "EUR", "0.92", "0.23", "4.50", "An Post", "DPD Ireland"),
        _region("NL", "Netherlands", "EUR", "0.92", "0.21", "4.25", "PostNL", "DHL Parcel"),
        _region("JP", "Japan", "JPY", "150", "0.10", "600", "Yamato", "Sagawa", "Japan Post"),
        _region("MX", "Mexico", "MXN", "18", "0.16", "79", "Estafeta", "DHL Express"),
        _region("BR", "Brazil", "BRL", "5.40", "0", "18.90", "Correios", "Jadlog"),
        _region("ID", "Indonesia", "IDR", "15800", "0", "15000", "J&T Express", "SiCepat", "JNE"),
        _region("TH", "Thailand", "THB", "34", "0.07", "38", "Flash Express", "Kerry Express"),
        _region("VN", "Vietnam", "VND", "25000", "0", "25000", "GHN", "J&T Express VN"),
        _region("MY", "Malaysia", "MYR", "4.40", "0", "5.50", "Pos Laju", "J&T Express MY"),
        _region("PH", "Philippines", "PHP", "57", "0", "58", "LBC", "Flash Express PH"),
        _region("SG", "Singapore", "SGD", "1.34", "0.09", "2.99", "Ninja Van", "SingPost"),
    )
}


def region_of(code: str) -> Region:
    """The market of a code; TikTok writes `GB`, people also say `UK`. Raises KeyError."""
    return REGIONS["GB" if code.upper() == "UK" else code.upper()]


def quantum(currency: str) -> Decimal:
    """The smallest amount of a currency: 0.01, or 1 where TikTok gives no decimals."""
    return Decimal(1).scaleb(-DECIMALS.get(currency, 2))


def rounded(amount: Decimal, currency: str) -> Decimal:
    return amount.quantize(quantum(currency), ROUND_HALF_UP)


def money(amount: Decimal, currency: str) -> str:
    """An amount as TikTok writes it: a decimal string, a bare `0` where there is nothing."""
    return "0" if amount == 0 else str(rounded(amount, currency))


def share(amount: Decimal, weights: list[Decimal], currency: str) -> list[Decimal]:
    """Split an amount in proportion to the weights (evenly if they are all 0); the parts add up to it to the cent."""
    if not weights:
        return []
    total = sum(weights)
    if total == 0:
        weights, total = [Decimal(1)] * len(weights), Decimal(len(weights))
    parts: list[Decimal] = []
    seen = Decimal(0)
    given = Decimal(0)
    for weight in weights:
        seen += weight
        part = rounded(amount * seen / total, currency) - given
        given += part
        parts.append(part)
    return parts
