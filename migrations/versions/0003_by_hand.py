"""orders that are created by hand

When a person asked to create an order, and an index of those that wait for that.

Revision ID: 0003
Revises: 0002
Create Date: 2026-11-25 01:50:00
"""

import sqlalchemy as sa
from alembic import op

from connector.models.types import UtcDateTime

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade():
    op.add_column('orders', sa.Column('create_asked_at', UtcDateTime(), nullable=True))
    op.create_index(
        'ix_orders_by_hand',
        'orders',
        ['create_time', 'id'],
        postgresql_where=sa.text("waiting_for = 'by_hand'"),
        sqlite_where=sa.text("waiting_for = 'by_hand'"),
    )


def downgrade():
    op.drop_index('ix_orders_by_hand', table_name='orders')
    op.drop_column('orders', 'create_asked_at')
