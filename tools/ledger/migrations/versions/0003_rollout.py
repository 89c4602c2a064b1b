"""How much of its capital each book is let have, and since when."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rollout_stages",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("book", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("since", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.name"], name=op.f("fk_rollout_stages_account_accounts")),
        sa.PrimaryKeyConstraint("account", "book", name=op.f("pk_rollout_stages")),
    )


def downgrade() -> None:
    op.drop_table("rollout_stages")
