"""the terms of the search

On SQLite: which trigrams the search knows, and of how many orders. So a single letter that few or no words begin with is
found without looking through all orders. It is a view of the full-text table and takes no room.

Revision ID: 0019
Revises: 0018
Create Date: 2026-11-25 09:00:00
"""

from alembic import op

revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None


def upgrade():
    if op.get_bind().dialect.name == 'sqlite':
        op.execute("CREATE VIRTUAL TABLE orders_search_terms USING fts5vocab('orders_search', 'row')")


def downgrade():
    if op.get_bind().dialect.name == 'sqlite':
        op.execute('DROP TABLE IF EXISTS orders_search_terms')
