"""the look for cancellations and returns

Its error and its last end of its own: those of the look for orders said nothing of it.

Revision ID: 0028
Revises: 0027
Create Date: 2026-11-29 06:50:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("shops", sa.Column("last_aftersales_poll_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("shops", sa.Column("aftersales_error", sa.String(500), server_default="", nullable=False))


def downgrade():
    op.drop_column("shops", "aftersales_error")
    op.drop_column("shops", "last_aftersales_poll_at")
