"""A label that Prometheus renames: times of jobs are counted by `kind`, and start anew.

Revision ID: 0026
Revises: 0025
Create Date: 2026-11-29 01:45:00
"""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade():
    op.execute("DELETE FROM metrics WHERE name IN ('connector_job_seconds_bucket', 'connector_job_seconds_sum')")


def downgrade():
    pass  # they are counted anew
