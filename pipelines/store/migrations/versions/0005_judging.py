"""Indexes by which a validator's questions about reviews are answered without reading them all."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_INDEXES = {
    "ix_reviews_deciding": (
        ("run_key", "action", "reviewer", "reason_code", "recommendation"),
        sa.text("action IN ('accept', 'override')"),
    ),
    "ix_reviews_marking": (
        ("run_key", "application_id", "reviewer", "comment", "evidence_digest", "id",
         "reason_code", "action"),
        sa.text("action = 'mark'"),
    ),
}  # fmt: skip


def upgrade() -> None:
    """Make the indexes."""
    for name, (columns, where) in _INDEXES.items():
        op.create_index(name, "reviews", list(columns), sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    """Drop them."""
    for name in _INDEXES:
        op.drop_index(name, "reviews")
