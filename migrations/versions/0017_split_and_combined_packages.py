"""Splitting and combining: what was asked for, and what TikTok lets be done.

Revision ID: 0017
Revises: 0016
Create Date: 2026-11-25 03:01:47.919077

"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

# revision identifiers, used by Alembic.
revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "package_asks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column(
            "groups",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("package_id", sa.String(length=40), nullable=False),
        sa.Column(
            "order_ids",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("actor", sa.String(length=254), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("message", sa.String(length=1000), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_package_asks_order_id_orders"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_package_asks")),
    )
    with op.batch_alter_table("package_asks", schema=None) as batch_op:
        batch_op.create_index("ix_package_asks_order", ["order_id"], unique=False)
        batch_op.create_index(
            "uq_package_asks_open",
            ["order_id"],
            unique=True,
            postgresql_where=sa.text("state IN ('asked', 'sent')"),
            sqlite_where=sa.text("state IN ('asked', 'sent')"),
        )

    op.create_table(
        "package_choices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("can_split", sa.Boolean(), nullable=False),
        sa.Column("must_split", sa.Boolean(), nullable=False),
        sa.Column("message", sa.String(length=1000), nullable=False),
        sa.Column(
            "combinable",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_package_choices_order_id_orders"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_package_choices")),
        sa.UniqueConstraint("order_id", name=op.f("uq_package_choices_order_id")),
    )


def downgrade():
    op.drop_table("package_choices")
    with op.batch_alter_table("package_asks", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_package_asks_open",
            postgresql_where=sa.text("state IN ('asked', 'sent')"),
            sqlite_where=sa.text("state IN ('asked', 'sent')"),
        )
        batch_op.drop_index("ix_package_asks_order")

    op.drop_table("package_asks")
