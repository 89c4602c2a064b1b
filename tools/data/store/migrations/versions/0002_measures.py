"""What the surface of each snapshot says, so that a rank need not fit a year of them again."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "measures",
        sa.Column("underlying", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Text(), nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("vol_30", sa.Float(53), nullable=True),
        sa.Column("index_30", sa.Float(53), nullable=True),
        sa.Column("skew_30", sa.Float(53), nullable=True),
        sa.PrimaryKeyConstraint("underlying", "as_of", "feed", name=op.f("pk_measures")),
    )
