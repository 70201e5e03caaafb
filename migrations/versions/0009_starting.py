"""starting with a living shop

What a merchant chose when the shop was connected, and an index for the orders that were placed before.

Revision ID: 0009
Revises: 0008
Create Date: 2026-11-25 02:20:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade():
    json = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), 'postgresql')
    op.add_column('shops', sa.Column('start', json, nullable=False, server_default=sa.text("'{}'")))
    op.create_index(
        'ix_orders_older',
        'orders',
        ['create_time', 'id'],
        postgresql_where=sa.text("waiting_for = 'older'"),
        sqlite_where=sa.text("waiting_for = 'older'"),
    )


def downgrade():
    op.drop_index('ix_orders_older', table_name='orders')
    op.drop_column('shops', 'start')
