"""What held legs were seen at, day by day."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "seen_vols",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("clock", sa.Text(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("vol", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.name"], name=op.f("fk_seen_vols_account_accounts")),
        sa.PrimaryKeyConstraint("account", "clock", "symbol", "day", name=op.f("pk_seen_vols")),
    )


def downgrade() -> None:
    op.drop_table("seen_vols")
