"""What is not blanked yet, by its age: an index for the hourly look for personal data that has had its time.

Revision ID: 0034
Revises: 0033
Create Date: 2026-11-29 19:50:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade():
    not_blanked = sa.text("blanked_at IS NULL")
    op.create_index(
        "ix_orders_not_blanked",
        "orders",
        ["shop_id", "update_time"],
        postgresql_where=not_blanked,
        sqlite_where=not_blanked,
    )


def downgrade():
    op.drop_index("ix_orders_not_blanked", table_name="orders")
