"""partial offers

A part of the money that is offered to the buyer of a return, and whether the buyer keeps what was sold.

Revision ID: 0021
Revises: 0020
Create Date: 2026-11-28 17:40:00
"""

import sqlalchemy as sa
from alembic import op

revision = '0021'
down_revision = '0020'
branch_labels = None
depends_on = None


def upgrade():
    op.add_column('shops', sa.Column('seller_id', sa.String(length=40), nullable=False, server_default=''))
    op.add_column('returns', sa.Column('offer_amount', sa.BigInteger(), nullable=True))
    op.add_column('returns', sa.Column('is_offer_refused', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column('returns', sa.Column('may_keep', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column('return_answers', sa.Column('amount', sa.BigInteger(), nullable=True))


def downgrade():
    op.drop_column('return_answers', 'amount')
    op.drop_column('returns', 'may_keep')
    op.drop_column('returns', 'is_offer_refused')
    op.drop_column('returns', 'offer_amount')
    op.drop_column('shops', 'seller_id')
