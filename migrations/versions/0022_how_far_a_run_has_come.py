"""how far a run has come

Fetches and reconciliations go on where they stopped, and a difference knows its Magento order.

Revision ID: 0022
Revises: 0021
Create Date: 2026-11-28 22:15:00
"""

import sqlalchemy as sa
from alembic import op

revision = '0022'
down_revision = '0021'
branch_labels = None
depends_on = None


def upgrade():
    op.add_column('reconciliations', sa.Column('reached', sa.DateTime(timezone=True), nullable=True))
    op.add_column('fetch_runs', sa.Column('reached', sa.DateTime(timezone=True), nullable=True))
    op.add_column('differences', sa.Column('magento_order_id', sa.BigInteger(), nullable=True))


def downgrade():
    op.drop_column('differences', 'magento_order_id')
    op.drop_column('fetch_runs', 'reached')
    op.drop_column('reconciliations', 'reached')
