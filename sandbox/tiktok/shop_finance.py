"""What TikTok pays the seller and what it keeps: statements of settled orders, payments, and estimates of the rest.

Amounts as the documentation's formula has them: settlement = revenue - shipping - fees and taxes - adjustment.
"""

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from sandbox.tiktok.errors import WRONG_STATUS, ApiError
from sandbox.tiktok.model import Order, total
from sandbox.tiktok.shop_base import ShopBase

NOTHING = Decimal(0)
COMMISSION = Decimal("0.06")
AFFILIATE = Decimal("0.10")


@dataclass
class Money:
    """One transaction: an order's settlement, or an adjustment (`kind` other than ORDER)."""

    id: str
    kind: str
    order_id: str
    revenue: Decimal = NOTHING
    discount: Decimal = NOTHING
    commission: Decimal = NOTHING
    affiliate: Decimal = NOTHING
    fee_tax: Decimal = NOTHING
    shipping: Decimal = NOTHING
    adjustment: Decimal = NOTHING
    #: What TikTok says is settled where it shall not be what the parts come to.
    stated: Decimal | None = None

    @property
    def fees(self) -> Decimal:
        return self.commission + self.affiliate + self.fee_tax

    @property
    def settlement(self) -> Decimal:
        counted = self.revenue - self.shipping - self.fees - self.adjustment
        return counted if self.stated is None else self.stated


@dataclass
class Statement:
    """A day's statement, and the payment that it was paid with (empty: not yet)."""

    id: str
    time: int
    currency: str
    lines: list[Money] = field(default_factory=list)
    payment_id: str = ""
    payment_time: int = 0


class Finance(ShopBase):
    """The books of what is paid. An order is settled once it is delivered."""

    statements: dict[str, Statement]
    settled: dict[str, Money]

    def money_of(self, order: Order) -> Money:
        """What an order comes to for the seller."""
        units = order.open_units()
        gross = total(unit.original_price for unit in units)
        discount = total(unit.seller_discount for unit in units)
        revenue = gross - discount
        return Money(
            f"73{order.id[2:]}",
            "ORDER",
            order.id,
            revenue=revenue,
            discount=discount,
            commission=_cents(revenue * COMMISSION),
            affiliate=_cents(revenue * AFFILIATE) if order.options.get("affiliate") else NOTHING,
            shipping=order.shipping_fee_seller_discount,
        )

    def settle(self, order_id: str, stated: str | None = None) -> Statement:
        """The order comes to stand in today's statement. `stated`: what it says is settled, right or wrong."""
        order = self.order(order_id)
        self.require(order, "DELIVERED", "COMPLETED")
        if order_id in self.settled:
            raise ApiError(WRONG_STATUS, f"order {order_id} is settled already")
        money = self.money_of(order)
        money.stated = None if stated is None else Decimal(stated)
        statement = self._open_statement(order.currency)
        statement.lines.append(money)
        self.settled[order_id] = money
        return statement

    def adjust(self, order_id: str, amount: str = "1.00", kind: str = "PLATFORM_PENALTY") -> Statement:
        """Something is held back (or, below zero, given) for an order."""
        order = self.order(order_id)
        statement = self._open_statement(order.currency)
        statement.lines.append(Money(self.ids.next("74"), kind, order_id, adjustment=Decimal(amount)))
        return statement

    def pay_out(self, order_id: str) -> Statement:
        """The statement in which an order stands is paid to the seller's bank."""
        for statement in self.statements.values():
            if not statement.payment_id and any(line.order_id == order_id for line in statement.lines):
                statement.payment_id, statement.payment_time = self.ids.next("75"), self.now()
                return statement
        raise ApiError(WRONG_STATUS, f"no open statement holds order {order_id}")

    def _open_statement(self, currency: str) -> Statement:
        for statement in self.statements.values():
            if not statement.payment_id and statement.currency == currency:
                return statement
        statement = Statement(self.ids.next("76"), self.now(), currency)
        self.statements[statement.id] = statement
        return statement


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)
