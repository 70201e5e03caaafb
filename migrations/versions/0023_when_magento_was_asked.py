"""when Magento was asked

An invoice, a cancellation or a correction of unknown outcome is not followed by another one too soon.

Revision ID: 0023
Revises: 0022
Create Date: 2026-11-29 01:20:00
"""

import sqlalchemy as sa
from alembic import op

revision = '0023'
down_revision = '0022'
branch_labels = None
depends_on = None


def upgrade():
    op.add_column('orders', sa.Column('magento_asked_at', sa.DateTime(timezone=True), nullable=True))


def downgrade():
    op.drop_column('orders', 'magento_asked_at')
