"""A place on the desk for cases of replaced runs that people had worked on."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_OLD_WORDS = "'open', 'asked', 'held', 'escalated', 'second', 'decided'"
_NEW_WORDS = f"{_OLD_WORDS}, 'replaced'"


def upgrade() -> None:
    """Let cases be replaced."""
    _say(_OLD_WORDS, _NEW_WORDS)


def downgrade() -> None:
    """Lay replaced cases back among the open ones, as they lay before there was a word for it."""
    op.execute("UPDATE desk SET state = 'open', decided = false WHERE state = 'replaced'")
    _say(_NEW_WORDS, _OLD_WORDS)


def _say(before: str, after: str) -> None:
    """Let the states of the desk be these."""
    if op.get_context().dialect.name == "sqlite":
        _rebuild(before, after)
        return
    op.execute("ALTER TABLE desk DROP CONSTRAINT ck_desk_state")
    op.execute(f"ALTER TABLE desk ADD CONSTRAINT ck_desk_state CHECK (state IN ({after}))")


def _rebuild(before: str, after: str) -> None:
    """Make the desk anew by its own words but for these, since SQLite cannot change a check."""
    (table,) = _told("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = 'desk'")
    of_desk = "FROM sqlite_master WHERE type = 'index' AND tbl_name = 'desk' AND sql IS NOT NULL"
    names, indexes = _told(f"SELECT name {of_desk}"), _told(f"SELECT sql {of_desk}")
    for name in names:
        op.drop_index(name, "desk")
    op.rename_table("desk", "desk_before")
    op.execute(sa.text(table.replace(f"({before})", f"({after})")))
    op.execute("INSERT INTO desk SELECT * FROM desk_before ORDER BY id")
    op.drop_table("desk_before")
    for statement in indexes:
        op.execute(sa.text(statement))


def _told(asked: str) -> list[str]:
    return [str(each) for each in op.get_bind().execute(sa.text(asked)).scalars()]
