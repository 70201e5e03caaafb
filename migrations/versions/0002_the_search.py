"""the search

What makes the search box quick: on PostgreSQL an index of trigrams (pg_trgm, which comes with PostgreSQL and which an owner
of a database may create since version 13; where it may not, the search works without, slower); on SQLite a full-text table
of trigrams (FTS5) that triggers keep in step with `orders.search_text`.

Revision ID: 0002
Revises: 0001
Create Date: 2026-11-24 23:45:00
"""

import logging

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

log = logging.getLogger('alembic.runtime.migration')

SQLITE = (
    """CREATE VIRTUAL TABLE orders_search USING fts5(
        search_text, content='orders', content_rowid='id', tokenize='trigram case_sensitive 1')""",
    "INSERT INTO orders_search(orders_search) VALUES ('rebuild')",
    """CREATE TRIGGER orders_search_insert AFTER INSERT ON orders BEGIN
        INSERT INTO orders_search(rowid, search_text) VALUES (new.id, new.search_text);
    END""",
    """CREATE TRIGGER orders_search_delete AFTER DELETE ON orders BEGIN
        INSERT INTO orders_search(orders_search, rowid, search_text) VALUES ('delete', old.id, old.search_text);
    END""",
    """CREATE TRIGGER orders_search_update AFTER UPDATE OF search_text ON orders
        WHEN old.search_text IS NOT new.search_text BEGIN
        INSERT INTO orders_search(orders_search, rowid, search_text) VALUES ('delete', old.id, old.search_text);
        INSERT INTO orders_search(rowid, search_text) VALUES (new.id, new.search_text);
    END""",
)


def upgrade():
    connection = op.get_bind()
    if connection.dialect.name == 'sqlite':
        for statement in SQLITE:
            op.execute(statement)
        return
    try:
        with connection.begin_nested():
            connection.execute(sa.text('CREATE EXTENSION IF NOT EXISTS pg_trgm'))
    except sa.exc.DBAPIError as error:
        log.warning('The search stays slow with many orders: pg_trgm cannot be created (%s). As an administrator of the '
                    'database run CREATE EXTENSION pg_trgm; and then CREATE INDEX ix_orders_search ON orders USING gin '
                    '(search_text gin_trgm_ops) WITH (fastupdate = off);', type(error.orig).__name__)
        return
    # Without fastupdate: a search would otherwise go through what was written lately one by one.
    op.execute('CREATE INDEX ix_orders_search ON orders USING gin (search_text gin_trgm_ops) WITH (fastupdate = off)')


def downgrade():
    if op.get_bind().dialect.name == 'sqlite':
        for name in ('insert', 'delete', 'update'):
            op.execute(f'DROP TRIGGER IF EXISTS orders_search_{name}')
        op.execute('DROP TABLE IF EXISTS orders_search')
        return
    # The extension stays: something else may use it by now.
    op.execute('DROP INDEX IF EXISTS ix_orders_search')
