"""when TikTok was told of packages

What it takes it may show later: nothing is told twice, and no refusal is believed, before that time is over.

Revision ID: 0027
Revises: 0026
Create Date: 2026-11-29 06:15:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("package_asks", sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("package_asks", sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True))


def downgrade():
    op.drop_column("package_asks", "taken_at")
    op.drop_column("package_asks", "sent_at")
