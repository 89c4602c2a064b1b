"""What people were shown of waiting decisions, each good for one answer, and where channels keep their cards."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "offers",
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("decision_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("spent_by", sa.Text(), nullable=True),
        sa.Column("spent_at", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name=op.f("fk_offers_decision_id_decisions")),
        sa.PrimaryKeyConstraint("nonce", name=op.f("pk_offers")),
    )
    op.create_index(op.f("ix_offers_decision_id_channel"), "offers", ["decision_id", "channel"])
    op.create_table(
        "announcements",
        sa.Column("decision_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decisions.id"], name=op.f("fk_announcements_decision_id_decisions")
        ),
        sa.PrimaryKeyConstraint("decision_id", "channel", name=op.f("pk_announcements")),
    )


def downgrade() -> None:
    op.drop_table("announcements")
    op.drop_index(op.f("ix_offers_decision_id_channel"), table_name="offers")
    op.drop_table("offers")
