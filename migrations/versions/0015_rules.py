"""rules

Rules of the merchant's own, the tags of an order, and what rules have done with it.

Revision ID: 0015
Revises: 0014
Create Date: 2026-11-25 02:45:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None


def upgrade():
    json = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), 'postgresql')
    op.create_table(
        'rules',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('name', sa.String(length=80), nullable=False),
        sa.Column('position', sa.Integer(), nullable=False),
        sa.Column('is_on', sa.Boolean(), nullable=False),
        sa.Column('conditions', json, nullable=False),
        sa.Column('actions', json, nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('changed_by', sa.String(length=254), nullable=False),
        sa.PrimaryKeyConstraint('id'),
    )
    # Not in batches: on SQLite a batch may write the table anew, without the triggers of the search.
    op.add_column('orders', sa.Column('tags', sa.String(length=400), nullable=False, server_default=''))
    op.add_column('orders', sa.Column('ruled', json, nullable=True))
    op.create_index(
        'ix_orders_tagged',
        'orders',
        ['create_time', 'id'],
        postgresql_where=sa.text("tags <> ''"),
        sqlite_where=sa.text("tags <> ''"),
    )


def downgrade():
    op.drop_index('ix_orders_tagged', table_name='orders')
    op.drop_column('orders', 'ruled')
    op.drop_column('orders', 'tags')
    op.drop_table('rules')
