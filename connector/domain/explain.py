"""Where each amount of a booking came from: lines for the order page, and sentences for the order's first comment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from connector.domain.booking import Adjustment, BookedRow, BookedTotals, Explanation, ProductOption
from connector.domain.charges import TAX, Charges
from connector.domain.money import rounded
from connector.domain.order import ZERO, Order

_ADDED_BACK = {
    "platform_discount": "TikTok paid for this part of the product discount and pays it to the merchant.",
    "shipping_fee_platform_discount": "TikTok paid for this part of the shipping discount and pays it to the merchant.",
    "shipping_fee_cofunded_discount": "The part of the co-funded shipping discount that TikTok pays back on delivery.",
    "payment_platform_discount": "The payment platform paid for this discount; the merchant gets it.",
}
_TAX_SENTENCES = {
    "listed": "Tax as TikTok lists it.",
    "included": "The tax contained in the price, at the rate of the country.",
    "none": "No tax is booked.",
}


@dataclass(frozen=True, kw_only=True)
class Story:
    """All that a booking was made of."""

    order: Order
    charges: Charges
    rows: tuple[BookedRow, ...]
    totals: BookedTotals
    adjustment: Adjustment | None
    added_back: Mapping[str, Decimal]
    left_out: Mapping[str, Decimal]
    tax_mode: str
    unit_prices: Mapping[tuple[str, tuple[ProductOption, ...]], Counter[Decimal]]
    digits: int

    def explanations(self) -> tuple[Explanation, ...]:
        """TikTok field, Magento field, amount and sentence for every amount that is not zero, rows first."""
        lines = [*self._rows(), *self._shipping(), *self._order()]
        return tuple(line for line in lines if line.amount or line.target == "grand_total")

    def notes(self) -> tuple[str, ...]:
        """Sentences for the order's first comment. No personal data."""
        return tuple(self._notes())

    def _rows(self) -> Iterator[Explanation]:
        included = self._is_tax_inside
        discount = (
            "seller_discount" if "platform_discount" in self.added_back else "seller_discount + platform_discount"
        )
        for row in self.rows:
            item = f"items[{row.sku}]"
            units = "1 unit" if len(row.line_item_ids) == 1 else f"{len(row.line_item_ids)} units"
            yield Explanation(
                source="line_items[].sale_price + discounts",
                target=f"{item}.row_total",
                amount=row.row_total,
                sentence=f"Price before discounts of {units} on TikTok{', without tax' if included else ''}.",
            )
            yield Explanation(
                source=f"line_items[].{discount}",
                target=f"{item}.discount_amount",
                amount=row.discount_amount,
                sentence="Discounts on these units, and their share of what is off the whole order.",
            )
            yield Explanation(
                source="line_items[].item_tax" if self.tax_mode == "listed" else "line_items[].sale_price",
                target=f"{item}.tax_amount",
                amount=row.tax_amount,
                sentence=f"{_TAX_SENTENCES[self.tax_mode]} {row.tax_percent.normalize():f} %.",
            )
            yield Explanation(
                source="line_items[] discounts",
                target=f"{item}.discount_tax_compensation_amount",
                amount=row.discount_tax_compensation_amount,
                sentence="The tax contained in the discount, which Magento keeps apart.",
            )

    @property
    def _is_tax_inside(self) -> bool:
        return self.tax_mode == "included" or (self.tax_mode == "listed" and not self.charges.tax_on_top)

    def _shipping(self) -> Iterator[Explanation]:
        """What shipping is made of; the lines sum to the shipping booked (with tax, where prices include it)."""
        target = "shipping_incl_tax" if self._is_tax_inside else "shipping_amount"
        booked = self.totals.shipping_incl_tax if self._is_tax_inside else self.totals.shipping_amount

        def line(source: str, amount: Decimal, sentence: str) -> Explanation:
            return Explanation(source=source, target=target, amount=self._exact(amount), sentence=sentence)

        lines = [line("payment.shipping_fee", self.order.payment.shipping_fee, self._shipping_sentence())]
        for name, amount in self.charges.fees.items():
            if name not in self.left_out:
                sentence = f"The buyer paid TikTok's {_words(name)}; it is part of the shipping amount."
                lines.append(line(_source(name), amount, sentence))
        for name, amount in self.added_back.items():
            if name.startswith("shipping"):
                lines.append(line(_source(name), amount, _ADDED_BACK[name]))
        if self.adjustment and self.adjustment.amount > 0:
            lines.append(line("payment.total_amount - its parts", self.adjustment.amount, self._adjustment_sentence()))
        yield from lines
        rest = booked - sum((each.amount for each in lines), ZERO)
        sentence = "Discounts larger than the items themselves." if rest < 0 else "What rounding left."
        yield line("payment discounts", rest, sentence)

    def _adjustment_sentence(self) -> str:
        if self.adjustment is None:
            return ""
        parts, stated = self.adjustment.parts_total, self.adjustment.stated_total
        return f"TikTok's parts sum to {parts}, its total is {stated}: the total counts."

    def _order(self) -> Iterator[Explanation]:
        for name, amount in self.added_back.items():
            if not name.startswith("shipping"):
                yield Explanation(
                    source=_source(name),
                    target="items[].discount_amount (not booked)",
                    amount=self._exact(amount),
                    sentence=_ADDED_BACK[name],
                )
        if self.charges.payment_discount and "payment_platform_discount" not in self.added_back:
            yield Explanation(
                source="payment.payment_platform_discount",
                target="items[].discount_amount",
                amount=self.charges.payment_discount,
                sentence="A payment platform's discount on the whole order, shared out over the items.",
            )
        yield Explanation(
            source="payment.shipping_fee_tax" if self.tax_mode == "listed" else "payment.shipping_fee",
            target="shipping_tax_amount",
            amount=self.totals.shipping_tax_amount,
            sentence=_TAX_SENTENCES[self.tax_mode],
        )
        for name, amount in self.left_out.items():
            yield Explanation(
                source=_source(name),
                target="(left out)",
                amount=amount,
                sentence=f"The {_words(name)} goes to TikTok, not to the merchant: the shop's settings leave it out.",
            )
        if self.charges.cancelled_amount:
            yield Explanation(
                source="line_items[] CANCELLED",
                target="(left out)",
                amount=self.charges.cancelled_amount,
                sentence="Units cancelled before the order was created; TikTok's total still has them in it.",
            )
        if self.adjustment and self.adjustment.amount < 0:
            yield Explanation(
                source="payment.total_amount - its parts",
                target="items[].discount_amount",
                amount=self.adjustment.amount,
                sentence=self._adjustment_sentence(),
            )
        yield Explanation(
            source="payment.total_amount",
            target="grand_total",
            amount=self.totals.grand_total,
            sentence=self._grand_total_sentence(),
        )

    def _shipping_sentence(self) -> str:
        original = self.order.payment.original_shipping_fee
        if original > self.order.payment.shipping_fee:
            return f"Shipping that the buyer paid, after discounts; it was {original} before."
        return "Shipping that the buyer paid."

    def _grand_total_sentence(self) -> str:
        stated = self._exact(self.charges.total)
        if self.added_back or self.left_out:
            plus = "".join(f" + {self._exact(amount)} {_words(name)}" for name, amount in self.added_back.items())
            minus = "".join(f" - {self._exact(amount)} {_words(name)}" for name, amount in self.left_out.items())
            return f"TikTok's total {stated}{plus}{minus}."
        return f"TikTok's total {stated}, to the cent." if self.digits else f"TikTok's total {stated}."

    def _notes(self) -> Iterator[str]:
        currency = self.order.payment.currency
        for row in self.rows:
            prices = self.unit_prices[(row.sku, row.options)]
            if len(prices) > 1:
                each = ", ".join(f"{count} at {self._exact(price)}" for price, count in prices.items())
                yield f"{row.sku}: unit prices on TikTok differ ({each} {currency}); the row has their exact sum."
        booked = {name: amount for name, amount in self.charges.fees.items() if name not in self.left_out}
        for name, amount in booked.items():
            yield f"{_capital(_words(name))} of {amount} {currency} is in the shipping amount."
        for name, amount in self.left_out.items():
            yield f"{_capital(_words(name))} of {amount} {currency} goes to TikTok and is not in this order."
        for name, amount in self.charges.outside.items():
            yield f"TikTok lists {_words(name)} of {amount} {currency}, but its total does not add it: nothing is booked for it."
        if self.added_back:
            total = self._exact(sum(self.added_back.values(), ZERO))
            yield f"Discounts that TikTok pays for ({total} {currency}) are added back: the total is what the merchant is paid."
        if self.charges.cancelled:
            yield f"{len(self.charges.cancelled)} cancelled unit(s) of the TikTok order are not in this order."
        yield from self.charges.notes
        if self.adjustment:
            yield (
                f"{self.adjustment.name}: {self.adjustment.amount} {currency}. TikTok's parts sum to "
                f"{self.adjustment.parts_total}, its total is {self.adjustment.stated_total}. Please have a look."
            )

    def _exact(self, amount: Decimal) -> Decimal:
        return rounded(amount, self.digits)


def _source(name: str) -> str:
    return f"payment.{name}" if name != "pfand_fee" else "line_items[].pfand_fee"


def _words(name: str) -> str:
    if name == TAX:
        return "tax"
    return "bottle deposit (Pfand)" if name == "pfand_fee" else name.replace("_", " ")


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
