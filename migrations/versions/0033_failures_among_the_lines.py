"""Failures are few among the lines of all timelines: an index for them.

Revision ID: 0033
Revises: 0032
Create Date: 2026-11-29 11:36:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade():
    op.create_index(
        "ix_timeline_errors",
        "timeline_entries",
        ["id"],
        postgresql_where=sa.text("is_error"),
        sqlite_where=sa.text("is_error = 1"),
    )


def downgrade():
    op.drop_index("ix_timeline_errors", table_name="timeline_entries")
