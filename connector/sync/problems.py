"""Products that an order could not get: as the order's error, and as rows for the SKU page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import delete, select

from connector import clock
from connector.domain.errors import NeedsMerchant
from connector.domain.order import LineItem
from connector.domain.product_problems import UNKNOWN_PLACEHOLDER, ProductProblem
from connector.domain.products import Matching, candidates
from connector.domain.settings import ShopSettings
from connector.domain.sku_mapping import SkuMapping
from connector.extensions import db
from connector.models import Order, OrderProblem
from connector.models.transaction import transaction
from connector.sync.lease import LeaseLost
from connector.sync.run import Run


def error_of(problems: Sequence[ProductProblem]) -> NeedsMerchant:
    """The error of an order with these problems: the first one's code, SKU and remedy, and a sentence for each."""
    first, *others = problems
    return NeedsMerchant(
        " ".join(problem.message for problem in problems),
        code=first.code,
        subject=first.sku,
        remedy=first.remedy if not others else f"{first.remedy} The same for each of the others.",
    )


def keep(run: Run, matching: Matching, settings: ShopSettings, mappings: Mapping[str, SkuMapping]) -> None:
    """Writes down what the order's products lack, instead of what was written down before. Raises LeaseLost."""
    found = [*matching.problems, *matching.passed_over]
    if not found and not run.has_problems:
        return
    run.has_problems = bool(found)
    now = clock.now()
    lines = {line.id: line for line in run.whole.line_items}
    with transaction() as session:
        owner = session.scalar(select(Order.lease_owner).where(Order.id == run.row_id))
        if owner != run.lease.owner:
            raise LeaseLost
        session.execute(delete(OrderProblem).where(OrderProblem.order_id == run.row_id))
        for problem in found:
            if problem.code == UNKNOWN_PLACEHOLDER:
                continue  # a setting is wrong, no SKU
            line = lines[problem.line_item_ids[0]]
            session.add(
                OrderProblem(
                    order_id=run.row_id,
                    code=problem.code,
                    sku=problem.sku[:200],
                    tiktok_sku=tiktok_sku_of(problem, line, settings, mappings)[:200],
                    product_name=" · ".join(name for name in (line.product_name, line.sku_name) if name)[:500],
                    image=problem.image[:1000],
                    message=problem.message[:1000],
                    is_passed_over=problem in matching.passed_over,
                    found_at=now,
                )
            )


def has_rows(row_id: int) -> bool:
    """Whether problems are written down of an order; inside the caller's read."""
    return db.session.scalar(select(OrderProblem.id).where(OrderProblem.order_id == row_id).limit(1)) is not None


def tiktok_sku_of(
    problem: ProductProblem, line: LineItem, settings: ShopSettings, mappings: Mapping[str, SkuMapping]
) -> str:
    """What a mapping that solves the problem is to be called: the seller SKU (TikTok's SKU id where that is empty) of the
    line item, or of the part of a virtual bundle, that led to the Magento SKU of the problem."""
    known = list(_keys(line))
    for key in known:
        mapping = mappings.get(key)
        leads_to = {product.sku for product in mapping.products} if mapping else set(candidates(key, settings))
        if problem.sku in leads_to or problem.sku == key:
            return key
    return known[0]


def _keys(line: LineItem) -> Iterator[str]:
    parts = [part.seller_sku or part.sku_id for part in line.bundle_parts]
    yield from parts
    yield line.seller_sku or line.sku_id
