"""lines of unknown outcome

A line in Magento's history that timed out is not added again as long as the request may still be at work.

Revision ID: 0030
Revises: 0029
Create Date: 2026-11-29 07:12:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("orders", sa.Column("magento_line_asked_at", sa.DateTime(timezone=True), nullable=True))


def downgrade():
    op.drop_column("orders", "magento_line_asked_at")
