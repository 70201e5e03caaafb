"""the debug log

Exchanges with both sides, blanked, while a person has the log of a shop switched on; and until when it is on.

Revision ID: 0007
Revises: 0006
Create Date: 2026-11-25 02:10:00
"""

import sqlalchemy as sa
from alembic import op

from connector.models.types import UtcDateTime

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        'debug_exchanges',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('shop_id', sa.Integer(), nullable=False),
        sa.Column('at', UtcDateTime(), nullable=False),
        sa.Column('side', sa.String(length=8), nullable=False),
        sa.Column('tiktok_order_id', sa.String(length=40), nullable=False),
        sa.Column('method', sa.String(length=8), nullable=False),
        sa.Column('url', sa.String(length=2000), nullable=False),
        sa.Column('status', sa.Integer(), nullable=True),
        sa.Column('failure', sa.String(length=200), nullable=False),
        sa.Column('seconds', sa.Float(), nullable=False),
        sa.Column('request_body', sa.Text(), nullable=False),
        sa.Column('response_body', sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(['shop_id'], ['shops.id'], name=op.f('fk_debug_exchanges_shop_id_shops')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_debug_exchanges')),
    )
    op.create_index('ix_debug_exchanges_shop', 'debug_exchanges', ['shop_id', 'id'])
    op.create_index(op.f('ix_debug_exchanges_at'), 'debug_exchanges', ['at'])
    op.add_column('shops', sa.Column('debug_until', UtcDateTime(), nullable=True))


def downgrade():
    op.drop_column('shops', 'debug_until')
    op.drop_table('debug_exchanges')
