"""runs that did not end

An order that kills its worker each time is given up after several, instead of being taken for ever.

Revision ID: 0029
Revises: 0028
Create Date: 2026-11-29 06:58:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("orders", sa.Column("unended_runs", sa.Integer(), server_default="0", nullable=False))


def downgrade():
    op.drop_column("orders", "unended_runs")
