"""For any order that TikTok's own identities allow, and for many that they do not: the booking is right to the cent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from connector.domain.amounts import book
from connector.domain.booking import MatchedProduct
from connector.domain.money import minor_units, rounded
from connector.domain.order import LineItem, Order, Payment, Recipient
from connector.domain.settings import ShopSettings
from tests.domain.checks import check_adds_up
from tests.domain.orders import MOMENT, make_line, make_order

EXAMPLES = settings(max_examples=2000, suppress_health_check=list(HealthCheck))

MARKETS = [
    ("USD", "US"), ("GBP", "GB"), ("EUR", "DE"), ("EUR", "IE"), ("JPY", "JP"), ("VND", "VN"), ("IDR", "ID"), ("BRL", "BR"),
]  # fmt: skip
FEES = ["retail_delivery_fee", "handling_fee", "buyer_service_fee", "item_insurance_tax", "distance_fee"]
PRODUCTS = [
    (MatchedProduct(sku="MUG"),),
    (MatchedProduct(sku="TEE", price=Decimal("19.90")),),
    (MatchedProduct(sku="PEN", quantity=10),),
    (MatchedProduct(sku="TEE", price=Decimal("19.90")), MatchedProduct(sku="MUG", quantity=2, price=Decimal("12.50"))),
    (MatchedProduct(sku="A", quantity=3), MatchedProduct(sku="B"), MatchedProduct(sku="MUG", quantity=2)),
]


@dataclass(frozen=True)
class Case:
    """An order, its products, the settings, and what by TikTok's identities is left of its total without the cancelled."""

    order: Order
    products: dict[str, tuple[MatchedProduct, ...]]
    settings: ShopSettings
    left: Decimal
    rate: Decimal

    @property
    def digits(self) -> int:
        return minor_units(self.order.payment.currency)

    def booking(self, base_currency: str = "") -> Any:
        return book(
            self.order,
            self.products,
            self.settings,
            base_currency=base_currency or self.order.payment.currency,
            base_rate=self.rate,
        )


amount = st.one_of(st.just(0), st.integers(1, 12000), st.sampled_from([1, 2, 3, 3333, 999]))
part = st.integers(0, 100)
line = st.tuples(amount, part, part, amount, st.integers(0, len(PRODUCTS) - 1), st.integers(0, 5))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    currency, country = draw(st.sampled_from(MARKETS))
    digits = minor_units(currency)

    def money(minor: int) -> Decimal:
        return Decimal(minor).scaleb(-digits)

    lines: list[LineItem] = []
    products: dict[str, tuple[MatchedProduct, ...]] = {}
    for number, (price, seller, platform, tax, product, fate) in enumerate(
        draw(st.lists(line, min_size=1, max_size=6))
    ):
        seller_minor = price * seller // 100
        platform_minor = (price - seller_minor) * platform // 100
        net = price - seller_minor - platform_minor
        lines.append(
            LineItem(
                id=str(number),
                sku_id=f"17{product}",
                seller_sku=f"SKU-{product}",
                original_price=money(price),
                sale_price=money(net),
                seller_discount=money(seller_minor),
                platform_discount=money(platform_minor),
                item_tax=money(tax) if country == "US" and net else Decimal(0),
                is_gift=price == 0,
                display_status="CANCELLED" if fate == 0 and number else "AWAITING_SHIPMENT",
            )
        )
        products[str(number)] = PRODUCTS[product]
    live = [item for item in lines if not item.is_cancelled]
    counted = lines if draw(st.booleans()) else live
    offs = [money(draw(amount)) for _ in range(3)]
    shipping = money(draw(amount))
    shipping_tax = money(draw(amount)) if country == "US" else Decimal(0)
    product_tax = sum((item.item_tax for item in counted), Decimal(0))
    fees = {name: money(draw(amount)) for name in draw(st.lists(st.sampled_from(FEES), unique=True, max_size=3))}
    sub_total = sum((item.sale_price for item in counted), Decimal(0))
    gone = sum((item.sale_price + item.item_tax for item in counted if item.is_cancelled), Decimal(0))
    before = sub_total + shipping + product_tax + shipping_tax + sum(fees.values(), Decimal(0))
    payment_discount = rounded((before - gone) * draw(part) / 100, digits) if draw(st.booleans()) else Decimal(0)
    payment = Payment(
        currency=currency,
        sub_total=sub_total,
        original_total_product_price=sum((item.original_price for item in counted), Decimal(0)),
        seller_discount=sum((item.seller_discount for item in counted), Decimal(0)),
        platform_discount=sum((item.platform_discount for item in counted), Decimal(0)),
        shipping_fee=shipping,
        original_shipping_fee=shipping + sum(offs, Decimal(0)),
        shipping_fee_seller_discount=offs[0],
        shipping_fee_platform_discount=offs[1],
        shipping_fee_cofunded_discount=offs[2],
        product_tax=product_tax,
        shipping_fee_tax=shipping_tax,
        tax=product_tax + shipping_tax,
        payment_platform_discount=payment_discount,
        fees=fees,
        total_amount=before - payment_discount,
    )
    return Case(
        order=Order(
            id="577001",
            status="AWAITING_SHIPMENT",
            create_time=MOMENT,
            update_time=MOMENT,
            payment=payment,
            line_items=tuple(lines),
            recipient=Recipient(region_code=country, name="Ada Buyer"),
        ),
        products=products,
        settings=ShopSettings(
            price_basis=draw(st.sampled_from(["buyer_paid", "merchant_paid"])),
            tax_mode=draw(st.sampled_from(["auto", "auto", "listed", "included", "none"])),
            fees_mode=draw(st.sampled_from(["shipping", "leave_out"])),
            vat_rates=draw(st.sampled_from([None, {"": "5.5"}, {"GB": "0"}])),
            cofunded_share=draw(st.sampled_from(["0", "50", "100"])),
        ),
        left=payment.total_amount - gone,
        rate=draw(st.sampled_from([Decimal("1.27"), Decimal("0.000064"), Decimal("7.3301"), Decimal("0.0067")])),
    )


def expected_grand_total(case: Case) -> Decimal:
    """What the settings say, from TikTok's fields alone."""
    payment = case.order.payment
    live = case.order.live_line_items
    total = case.left
    if case.settings.price_basis == "merchant_paid":
        total += sum((item.platform_discount for item in live), Decimal(0))
        total += payment.shipping_fee_platform_discount + payment.payment_platform_discount
        total += payment.shipping_fee_cofunded_discount * Decimal(case.settings.cofunded_share) / 100
    if case.settings.fees_mode == "leave_out":
        total -= sum(payment.fees.values(), Decimal(0))
    if case.settings.tax_mode == "none":
        total -= payment.shipping_fee_tax + sum((item.item_tax for item in live), Decimal(0))
    return max(rounded(total, case.digits), Decimal(0))


@given(cases())
@EXAMPLES
def test_parts_add_up_to_the_grand_total_that_the_setting_says_and_nothing_is_negative(case: Case) -> None:
    booking = case.booking()
    check_adds_up(booking)
    assert booking.totals.grand_total == expected_grand_total(case)
    assert booking.adjustment is None


@given(cases(), st.sampled_from(["EUR", "JPY", "KWD"]))
@EXAMPLES
def test_base_amounts_add_up_and_converting_twice_gives_the_same(case: Case, base_currency: str) -> None:
    booking = case.booking(base_currency)
    check_adds_up(booking)
    assert booking == case.booking(base_currency)
    rate = Decimal(1) if case.order.payment.currency == base_currency else case.rate
    assert booking.base_totals.grand_total == rounded(booking.totals.grand_total * rate, minor_units(base_currency))
    for row in booking.rows:  # within a few units of their own conversion
        step = Decimal(3).scaleb(-minor_units(base_currency))
        assert abs(row.base_row_total - row.row_total * rate) <= step
        assert abs(row.base_discount_amount - row.discount_amount * rate) <= step


@given(cases(), st.integers(-15000, 15000))
@EXAMPLES
def test_whatever_tiktok_states_as_total_is_the_total_and_a_difference_is_named(case: Case, off: int) -> None:
    """An order whose parts do not sum to its total; the discounts may be larger than the prices, too."""
    order, digits = case.order, case.digits
    stated = max(order.payment.total_amount + Decimal(off).scaleb(-digits), Decimal(0))
    first = order.line_items[0]  # its discount is larger than its price
    first = replace(first, seller_discount=Decimal(50), sale_price=first.sale_price + first.seller_discount - 50)
    order = replace(order, payment=replace(order.payment, total_amount=stated))
    order = replace(order, line_items=(first, *order.line_items[1:]))
    plain = ShopSettings(vat_rates=case.settings.vat_rates)
    order = replace(order, line_items=tuple(item for item in order.line_items if not item.is_cancelled))
    booking = replace(case, order=order, settings=plain).booking()
    check_adds_up(booking)
    assert booking.totals.grand_total == stated
    if booking.adjustment:
        assert booking.adjustment.parts_total + booking.adjustment.amount == booking.adjustment.stated_total == stated


@given(st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 5000)), min_size=1, max_size=8), st.integers(0, 30))
@EXAMPLES
@example([(1, 0), (1, 1)], 20)
def test_included_tax_is_each_rows_own_tax_to_the_cent(units: list[tuple[int, int]], rate: int) -> None:
    lines = [
        make_line(str(n), f"SKU-{n % 3}", str(Decimal(price) / 100), seller=str(Decimal(min(off, price)) / 100))
        for n, (price, off) in enumerate(units)
    ]
    order = make_order(*lines, currency="GBP", country="GB", shipping="3.49")
    products = {item.id: (MatchedProduct(sku=item.seller_sku),) for item in lines}
    booking = book(order, products, ShopSettings(vat_rates={"GB": str(rate)}), base_currency="GBP", base_rate=None)
    for row in booking.rows:
        net = row.row_total_incl_tax - row.discount_amount
        assert row.tax_amount == rounded(net * rate / (100 + rate), 2)
        assert row.tax_percent == rate
    assert booking.totals.shipping_tax_amount == rounded(Decimal("3.49") * rate / (100 + rate), 2)
