"""Answers and thinking.

Stores were made without a version at first; their tables are taken over with all their rows.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make what is missing: nothing of a store as it was made at first, and all of a new one."""
    op.create_table(
        "answers",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("application_id", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        if_not_exists=True,
    )
    op.create_index("ix_answers_application_id", "answers", ["application_id"], if_not_exists=True)
    op.create_table(
        "thinking",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("thought_at", sa.DateTime(timezone=True), nullable=False),
        if_not_exists=True,
    )
    op.create_index("ix_thinking_thought_at", "thinking", ["thought_at"], if_not_exists=True)


def downgrade() -> None:
    """Drop answers and thinking; both can be asked for again."""
    op.drop_table("thinking")
    op.drop_table("answers")
