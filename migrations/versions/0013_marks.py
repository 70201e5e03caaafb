"""marks of orders

The order that an order replaces, and what of its marks Magento was told. Orders that are in Magento already get no first comment
any more: theirs was written, or there was none.

Revision ID: 0013
Revises: 0012
Create Date: 2026-11-25 02:40:00
"""

import sqlalchemy as sa
from alembic import op

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade():
    op.add_column('orders', sa.Column('replaces', sa.String(length=40), nullable=False, server_default=''))
    op.add_column('orders', sa.Column('told_marks', sa.String(length=200), nullable=False, server_default=''))
    op.create_index('ix_orders_replaces', 'orders', ['replaces'])
    orders = sa.table('orders', sa.column('notes_written', sa.Boolean), sa.column('commented_status', sa.String))
    op.execute(sa.update(orders).where(orders.c.commented_status != '').values(notes_written=sa.true()))


def downgrade():
    op.drop_index('ix_orders_replaces', table_name='orders')
    op.drop_column('orders', 'told_marks')
    op.drop_column('orders', 'replaces')
