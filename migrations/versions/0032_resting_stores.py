"""resting stores

A store that does not answer is asked by one order at a time.

Revision ID: 0032
Revises: 0031
Create Date: 2026-11-29 11:16:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("stores", sa.Column("rests_until", sa.DateTime(timezone=True), nullable=True))


def downgrade():
    op.drop_column("stores", "rests_until")
