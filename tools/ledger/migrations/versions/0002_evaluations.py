"""What rule sets came to, and what the account looked like: written by every run, live or over history."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "strategy_rules_audit",
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("backtest", sa.Text(), nullable=True),
        sa.Column("live", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run", "name", name=op.f("pk_strategy_rules_audit")),
    )
    op.create_index(
        op.f("ix_strategy_rules_audit_name_version"), "strategy_rules_audit", ["name", "version"], unique=False
    )
    op.create_table(
        "portfolio_metrics",
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("nav", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run", "as_of", name=op.f("pk_portfolio_metrics")),
    )


def downgrade() -> None:
    op.drop_table("portfolio_metrics")
    op.drop_table("strategy_rules_audit")
