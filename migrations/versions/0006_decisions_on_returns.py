"""Decisions on returns: what was asked for, its pictures, what TikTok lets be decided, and what a return says of its parcel.

Revision ID: 0006
Revises: 0005
Create Date: 2026-11-25 01:51:03.037123

"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

# revision identifiers, used by Alembic.
revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "return_answers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("return_row_id", sa.Integer(), nullable=False),
        sa.Column("actor", sa.String(length=254), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decision", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("comment", sa.String(length=500), nullable=False),
        sa.Column("status_at", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("message", sa.String(length=1000), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_return_answers_order_id_orders"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["return_row_id"], ["returns.id"], name=op.f("fk_return_answers_return_row_id_returns"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_answers")),
    )
    with op.batch_alter_table("return_answers", schema=None) as batch_op:
        batch_op.create_index("ix_return_answers_order", ["order_id"], unique=False)
        batch_op.create_index("ix_return_answers_return", ["return_row_id"], unique=False)
        batch_op.create_index(
            "uq_return_answers_open",
            ["return_row_id"],
            unique=True,
            postgresql_where=sa.text("state IN ('asked', 'sent')"),
            sqlite_where=sa.text("state IN ('asked', 'sent')"),
        )

    op.create_table(
        "return_choices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("return_row_id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "decisions",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column(
            "records",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("message", sa.String(length=1000), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_return_choices_order_id_orders"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["return_row_id"], ["returns.id"], name=op.f("fk_return_choices_return_row_id_returns"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_choices")),
        sa.UniqueConstraint("return_row_id", name=op.f("uq_return_choices_return_row_id")),
    )
    with op.batch_alter_table("return_choices", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_return_choices_order_id"), ["order_id"], unique=False)

    op.create_table(
        "evidence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.Column("mime_type", sa.String(length=32), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("uri", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["return_answers.id"], name=op.f("fk_evidence_answer_id_return_answers"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
    )
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.create_index("ix_evidence_answer", ["answer_id"], unique=False)

    with op.batch_alter_table("returns", schema=None) as batch_op:
        batch_op.add_column(sa.Column("provider_name", sa.String(length=100), server_default="", nullable=False))
        batch_op.add_column(sa.Column("document_type", sa.String(length=32), server_default="", nullable=False))
        batch_op.add_column(sa.Column("return_method", sa.String(length=32), server_default="", nullable=False))
        batch_op.add_column(sa.Column("return_address", sa.String(length=500), server_default="", nullable=False))
        batch_op.add_column(sa.Column("next_action", sa.String(length=64), server_default="", nullable=False))
        batch_op.create_index(
            "ix_returns_to_answer",
            ["deadline"],
            unique=False,
            postgresql_where=sa.text("next_action <> ''"),
            sqlite_where=sa.text("next_action <> ''"),
        )
        batch_op.create_index("ix_returns_updated", ["update_time", "id"], unique=False)


def downgrade():
    with op.batch_alter_table("returns", schema=None) as batch_op:
        batch_op.drop_index("ix_returns_updated")
        batch_op.drop_index(
            "ix_returns_to_answer",
            postgresql_where=sa.text("next_action <> ''"),
            sqlite_where=sa.text("next_action <> ''"),
        )
        batch_op.drop_column("next_action")
        batch_op.drop_column("return_address")
        batch_op.drop_column("return_method")
        batch_op.drop_column("document_type")
        batch_op.drop_column("provider_name")

    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.drop_index("ix_evidence_answer")

    op.drop_table("evidence")
    with op.batch_alter_table("return_choices", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_return_choices_order_id"))

    op.drop_table("return_choices")
    with op.batch_alter_table("return_answers", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_return_answers_open",
            postgresql_where=sa.text("state IN ('asked', 'sent')"),
            sqlite_where=sa.text("state IN ('asked', 'sent')"),
        )
        batch_op.drop_index("ix_return_answers_return")
        batch_op.drop_index("ix_return_answers_order")

    op.drop_table("return_answers")
