"""What TikTok delivers itself has no deadline of the seller's: virtual goods and what lies in Tokopedia's warehouses had one.

Revision ID: 0037
Revises: 0036
Create Date: 2026-11-30 10:30:00
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from connector.models.types import UtcDateTime

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

NO_DEADLINE = datetime(2999, 1, 1, tzinfo=UTC)


def upgrade():
    orders = sa.table(
        "orders",
        sa.column("fulfillment_type", sa.String),
        sa.column("shipping_type", sa.String),
        sa.column("ship_due", UtcDateTime),
        sa.column("cancel_due", UtcDateTime),
    )
    is_tiktoks = orders.c.fulfillment_type.notin_(("FULFILLMENT_BY_SELLER", "")) | (
        orders.c.shipping_type == "TIKTOK_DIGITAL"
    )
    has_deadline = (orders.c.ship_due < NO_DEADLINE) | (orders.c.cancel_due < NO_DEADLINE)
    op.execute(sa.update(orders).where(is_tiktoks, has_deadline).values(ship_due=NO_DEADLINE, cancel_due=NO_DEADLINE))


def downgrade():
    """Nothing to do: TikTok's next word on an order writes its deadlines anew."""
