"""unread orders of a fetch

How many orders of a fetch could not be read.

Revision ID: 0016
Revises: 0015
Create Date: 2026-11-25 02:58:00
"""

import sqlalchemy as sa
from alembic import op

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade():
    op.add_column('fetch_runs', sa.Column('failed', sa.Integer(), nullable=False, server_default='0'))


def downgrade():
    op.drop_column('fetch_runs', 'failed')
