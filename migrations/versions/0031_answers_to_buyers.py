"""answers to buyers

When TikTok was told of the answer to a buyer who asks to cancel: what it has taken it may show later.

Revision ID: 0031
Revises: 0030
Create Date: 2026-11-29 11:35:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("cancellations", sa.Column("answer_sent_at", sa.DateTime(timezone=True), nullable=True))


def downgrade():
    op.drop_column("cancellations", "answer_sent_at")
