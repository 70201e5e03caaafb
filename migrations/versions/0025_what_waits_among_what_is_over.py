"""What waits among what is over: indexes for events that were set aside and fetches that go on or have just ended.

Revision ID: 0025
Revises: 0024
Create Date: 2026-11-29 01:15:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade():
    set_aside, running = sa.text("state IN ('failed', 'unknown_shop')"), sa.text("state = 'running'")
    op.create_index(
        "ix_inbox_set_aside", "inbox_events", ["state", "id"], postgresql_where=set_aside, sqlite_where=set_aside
    )
    op.create_index("ix_fetch_runs_running", "fetch_runs", ["shop_id"], postgresql_where=running, sqlite_where=running)
    op.create_index("ix_fetch_runs_finished_at", "fetch_runs", ["finished_at"])


def downgrade():
    op.drop_index("ix_fetch_runs_finished_at", table_name="fetch_runs")
    op.drop_index("ix_fetch_runs_running", table_name="fetch_runs")
    op.drop_index("ix_inbox_set_aside", table_name="inbox_events")
