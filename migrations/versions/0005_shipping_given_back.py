"""shipping that is given back with a cancellation

What TikTok gives back of the shipping fee with single cancelled lines.

Revision ID: 0005
Revises: 0004
Create Date: 2026-11-25 02:10:00
"""

import sqlalchemy as sa
from alembic import op

from connector.models.types import Money

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade():
    op.add_column('cancellations', sa.Column('refund_shipping', Money(), nullable=True))


def downgrade():
    op.drop_column('cancellations', 'refund_shipping')
