"""samples put together

Free samples of one creator may become one Magento order: which order carries which, and a row for each TikTok order that has
units in a Magento shipment.

Revision ID: 0020
Revises: 0019
Create Date: 2026-11-28 17:30:00
"""

import sqlalchemy as sa
from alembic import op

revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None

INDEXES = (
    ('ix_orders_sample_window', ['shop_id', 'id'], "waiting_for = 'sample_window'"),
    ('ix_orders_combined_into', ['combined_into'], 'combined_into IS NOT NULL'),
)


def upgrade():
    # In SQL that both databases speak: Alembic would make the table anew on SQLite for the sake of the constraint, and the
    # search's triggers go with a table.
    op.execute(
        'ALTER TABLE orders ADD COLUMN combined_into INTEGER CONSTRAINT fk_orders_combined_into_orders REFERENCES orders (id)'
    )
    op.add_column('orders', sa.Column('sample_closed_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('orders', sa.Column('told_carrier', sa.String(length=40), nullable=False, server_default=''))
    for name, columns, where in INDEXES:
        op.create_index(name, 'orders', columns, postgresql_where=sa.text(where), sqlite_where=sa.text(where))
    with op.batch_alter_table('shipments') as batch_op:
        batch_op.drop_constraint('uq_shipments_store_id', type_='unique')
        batch_op.create_unique_constraint('uq_shipments_store_id', ['store_id', 'magento_shipment_id', 'order_id'])


def downgrade():
    op.execute(
        'DELETE FROM shipments WHERE EXISTS (SELECT 1 FROM shipments AS other WHERE other.store_id = shipments.store_id'
        ' AND other.magento_shipment_id = shipments.magento_shipment_id AND other.id < shipments.id)'
    )
    with op.batch_alter_table('shipments') as batch_op:
        batch_op.drop_constraint('uq_shipments_store_id', type_='unique')
        batch_op.create_unique_constraint('uq_shipments_store_id', ['store_id', 'magento_shipment_id'])
    for name, _, _ in reversed(INDEXES):
        op.drop_index(name, table_name='orders')
    op.drop_column('orders', 'told_carrier')
    op.drop_column('orders', 'sample_closed_at')
    op.drop_column('orders', 'combined_into')
