"""What programs have asked for before, and how far each of them has been told of decisions."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "repeats",
        sa.Column("key_digest", sa.String(64), primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("body_digest", sa.String(64), nullable=False),
        sa.Column("review", sa.BigInteger),
        sa.Column("begun_at", _MOMENT, nullable=False),
    )
    op.create_table(
        "deliveries",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("last", sa.BigInteger, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
    )


def downgrade() -> None:
    """Drop them: what was decided stands in the log, and is told once more at the worst."""
    op.drop_table("deliveries")
    op.drop_table("repeats")
