"""Which pieces of a virtual bundle a return is about, where it names them.

Revision ID: 0035
Revises: 0034
Create Date: 2026-11-30 09:40:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade():
    json = sa.JSON(none_as_null=True).with_variant(
        postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
    )
    op.add_column("returns", sa.Column("parts", json, nullable=True))


def downgrade():
    op.drop_column("returns", "parts")
