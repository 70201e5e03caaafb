"""notes of the staff in magento

Which notes of the staff Magento was told.

Revision ID: 0014
Revises: 0013
Create Date: 2026-11-25 02:50:00
"""

import sqlalchemy as sa
from alembic import op

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade():
    op.add_column('orders', sa.Column('staff_notes_told', sa.Integer(), nullable=False, server_default='0'))


def downgrade():
    op.drop_column('orders', 'staff_notes_told')
