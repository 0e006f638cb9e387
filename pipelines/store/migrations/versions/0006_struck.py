"""An index by which cases with a struck sentence are found among all others."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_STRUCK = sa.text("struck > 0")


def upgrade() -> None:
    """Make the index."""
    columns = ["portfolio", "decided", "priority", "id"]
    op.create_index(
        "ix_desk_struck", "desk", columns, sqlite_where=_STRUCK, postgresql_where=_STRUCK
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_index("ix_desk_struck", "desk")
