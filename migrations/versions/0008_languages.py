"""the language that a person chose

Revision ID: 0008
Revises: 0007
Create Date: 2026-11-25 02:10:00
"""

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade():
    op.add_column('users', sa.Column('locale', sa.String(length=16), nullable=True))


def downgrade():
    op.drop_column('users', 'locale')
