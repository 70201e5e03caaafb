"""notices

What lasts is told once when it begins and once when it is over; Slack; digests; since when a connection has been failing.

Revision ID: 0010
Revises: 0009
Create Date: 2026-11-25 02:20:00
"""

import sqlalchemy as sa
from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        'notices',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('shop_id', sa.Integer(), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('kind', sa.String(length=32), nullable=False),
        sa.Column('subject', sa.String(length=200), nullable=False),
        sa.Column('sentence', sa.String(length=500), nullable=False),
        sa.Column('path', sa.String(length=500), nullable=False),
        sa.Column('over', sa.String(length=500), nullable=False),
        sa.Column('is_open', sa.Boolean(), nullable=False),
        sa.Column('is_over', sa.Boolean(), nullable=False),
        sa.Column('is_quiet', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(['shop_id'], ['shops.id'], ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id'),
    )
    op.create_index('ix_notices_shop', 'notices', ['shop_id', 'id'])
    op.create_index(
        'ux_notices_open',
        'notices',
        ['shop_id', 'kind', 'subject'],
        unique=True,
        postgresql_where=sa.text('is_open'),
        sqlite_where=sa.text('is_open = 1'),
    )
    op.add_column('shops', sa.Column('slacked_up_to', sa.Integer(), nullable=True))
    for channel in ('mailed', 'posted', 'slacked'):
        op.add_column(
            'shops', sa.Column(f'{channel}_notices_up_to', sa.Integer(), nullable=False, server_default='0')
        )
    op.add_column('shops', sa.Column('mailed_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('shops', sa.Column('failing_since', sa.DateTime(timezone=True), nullable=True))
    op.add_column('stores', sa.Column('failing_since', sa.DateTime(timezone=True), nullable=True))


def downgrade():
    op.drop_column('stores', 'failing_since')
    for name in (
        'failing_since', 'mailed_at', 'slacked_notices_up_to', 'posted_notices_up_to', 'mailed_notices_up_to', 'slacked_up_to'
    ):
        op.drop_column('shops', name)
    op.drop_index('ux_notices_open', table_name='notices')
    op.drop_index('ix_notices_shop', table_name='notices')
    op.drop_table('notices')
