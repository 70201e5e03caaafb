"""Since when an order stands in Error, beside since when it fails: what the alarm of many failures counts by.

Revision ID: 0036
Revises: 0035
Create Date: 2026-11-30 09:50:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("orders", sa.Column("error_at", sa.DateTime(timezone=True), nullable=True))
    # So that an alarm that rings now is not said to be over.
    op.execute("UPDATE orders SET error_at = failing_since WHERE sync_state = 'error'")


def downgrade():
    op.drop_column("orders", "error_at")
