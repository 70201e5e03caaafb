"""grid of a view

A saved view keeps which columns it shows, in which order, and how high its rows are.

Revision ID: 0011
Revises: 0010
Create Date: 2026-11-25 02:10:00
"""

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade():
    op.add_column('saved_views', sa.Column('grid', sa.String(length=400), nullable=False, server_default=''))


def downgrade():
    op.drop_column('saved_views', 'grid')
