"""living shops

An address that a person put right, the marks of an order, when an order became ready and whether the connector holds it in
Magento; from when on a shop's orders are created by themselves.

Revision ID: 0004
Revises: 0003
Create Date: 2026-11-25 01:50:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade():
    json = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), 'postgresql')
    # Not in batches: on SQLite a batch may write the table anew, without the triggers of the search.
    op.add_column('orders', sa.Column('edited_address', json, nullable=True))
    op.add_column('orders', sa.Column('marks', sa.String(length=200), nullable=False, server_default=''))
    op.add_column('orders', sa.Column('ready_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('orders', sa.Column('magento_held_at', sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        'ix_orders_marked',
        'orders',
        ['create_time', 'id'],
        postgresql_where=sa.text("marks <> ''"),
        sqlite_where=sa.text("marks <> ''"),
    )
    op.add_column('shops', sa.Column('orders_from', sa.DateTime(timezone=True), nullable=True))


def downgrade():
    op.drop_column('shops', 'orders_from')
    op.drop_index('ix_orders_marked', table_name='orders')
    for name in ('magento_held_at', 'ready_at', 'marks', 'edited_address'):
        op.drop_column('orders', name)
