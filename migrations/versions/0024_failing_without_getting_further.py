"""failing without getting further

A fetch or a reconciliation gives up by how long it has failed in a row, not by how long it has run.

Revision ID: 0024
Revises: 0023
Create Date: 2026-11-29 01:35:00
"""

import sqlalchemy as sa
from alembic import op

revision = '0024'
down_revision = '0023'
branch_labels = None
depends_on = None


def upgrade():
    op.add_column('fetch_runs', sa.Column('failing_since', sa.DateTime(timezone=True), nullable=True))
    op.add_column('reconciliations', sa.Column('failing_since', sa.DateTime(timezone=True), nullable=True))


def downgrade():
    op.drop_column('reconciliations', 'failing_since')
    op.drop_column('fetch_runs', 'failing_since')
