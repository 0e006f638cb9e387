"""The desk, the people who work at it, and more words for what they do."""

import sqlalchemy as sa
from alembic import op

from pipelines.errors import StoreError

revision = "0003"
down_revision = "0002"

_OLD_WORDS = "'accept', 'override', 'ask', 'escalate', 'hold', 'comment'"
_NEW_WORDS = (
    f"{_OLD_WORDS}, 'propose', 'return', 'claim', 'release', 'assign', 'first_view', 'mark', "
    "'notice'"
)
_KEPT = {
    "decisions of the desk": (
        f"SELECT 1 FROM reviews WHERE action NOT IN ({_OLD_WORDS}) LIMIT 1",  # noqa: S608
        "SELECT 1 FROM desk WHERE state <> 'open' OR holder <> '' LIMIT 1",
    ),
    "people": (
        "SELECT 1 FROM users LIMIT 1",
        "SELECT 1 FROM api_keys LIMIT 1",
        "SELECT 1 FROM saved_views LIMIT 1",
    ),
}
_TRIGGERS = (
    """CREATE TRIGGER reviews_no_update BEFORE UPDATE ON reviews
    BEGIN SELECT RAISE(ABORT, 'reviews are append-only'); END""",
    """CREATE TRIGGER reviews_no_delete BEFORE DELETE ON reviews
    BEGIN SELECT RAISE(ABORT, 'reviews are append-only'); END""",
    # INSERT OR REPLACE deletes the row in its way without calling the trigger above.
    """CREATE TRIGGER reviews_no_replace BEFORE INSERT ON reviews
    WHEN EXISTS (SELECT 1 FROM reviews WHERE id = NEW.id OR previous_hash = NEW.previous_hash)
    BEGIN SELECT RAISE(ABORT, 'reviews are append-only'); END""",
)
_COLUMNS = (
    "id, run_key, application_id, reviewer, action, recommendation, reason_code, comment, "
    "evidence_digest, previous_hash, hash, created_at"
)
_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables, and let reviews say what happens at a desk."""
    _say(_NEW_WORDS)
    _make_desk()
    _make_users()
    _make_sessions()
    _make_keys_and_views()


def downgrade() -> None:
    """Drop the desk, which can be laid again, and who has logged in.

    Raises:
        StoreError: There are decisions of the desk, or people. They stand nowhere else.
    """
    for what, asked in _KEPT.items():
        if any(op.get_bind().execute(sa.text(each)).scalar() is not None for each in asked):
            raise StoreError(
                f"the store holds {what}, which an older version has no place for; keep this "
                "store as it is and give the older version another one"
            )
    for table in ("saved_views", "api_keys", "attempts", "sessions", "users", "desk"):
        op.drop_table(table)
    _say(_OLD_WORDS)


def _say(words: str) -> None:
    """Let the actions of reviews be these; their rows stay as they are, byte for byte."""
    if op.get_context().dialect.name == "sqlite":
        _rebuild(words)
        return
    op.execute("ALTER TABLE reviews DROP CONSTRAINT ck_reviews_action")
    op.execute(f"ALTER TABLE reviews ADD CONSTRAINT ck_reviews_action CHECK (action IN ({words}))")


def _rebuild(words: str) -> None:
    """Make the table of reviews anew, since SQLite cannot change a check."""
    for name in ("update", "delete", "replace"):
        op.execute(f"DROP TRIGGER reviews_no_{name}")
    op.drop_index("ix_reviews_run_key_application_id", "reviews")
    op.rename_table("reviews", "reviews_before")
    _make_reviews(words)
    op.execute(
        f"INSERT INTO reviews ({_COLUMNS}) SELECT {_COLUMNS} FROM reviews_before ORDER BY id"  # noqa: S608
    )
    # Numbers that were given out once are not given out again.
    op.execute("DELETE FROM sqlite_sequence WHERE name = 'reviews'")
    op.execute(
        "INSERT INTO sqlite_sequence (name, seq) SELECT 'reviews', seq FROM sqlite_sequence "
        "WHERE name = 'reviews_before'"
    )
    op.drop_table("reviews_before")
    for statement in _TRIGGERS:
        op.execute(statement)


def _make_reviews(words: str) -> None:
    op.create_table(
        "reviews",
        sa.Column("id", _NUMBER, primary_key=True, autoincrement=True),
        sa.Column("run_key", sa.String(64), nullable=False),
        sa.Column("application_id", sa.Text, nullable=False),
        sa.Column("reviewer", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("recommendation", sa.Text),
        sa.Column("reason_code", sa.Text, nullable=False),
        sa.Column("comment", sa.Text, nullable=False),
        sa.Column("evidence_digest", sa.String(64), nullable=False),
        sa.Column("previous_hash", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.UniqueConstraint("previous_hash", name="uq_reviews_previous_hash"),
        sa.CheckConstraint(f"action IN ({words})", name="ck_reviews_action"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_reviews_run_key_application_id", "reviews", ["run_key", "application_id"])


def _make_desk() -> None:
    op.create_table(
        "desk",
        sa.Column("id", _NUMBER, primary_key=True, autoincrement=True),
        sa.Column("run_key", sa.String(64), nullable=False),
        sa.Column("application_id", sa.Text, nullable=False),
        sa.Column("portfolio", sa.Text, nullable=False),
        sa.Column("business_date", sa.Date, nullable=False),
        sa.Column("product", sa.Text, nullable=False),
        sa.Column("amount", sa.Double),
        sa.Column("expected_loss", sa.Double),
        sa.Column("queued_at", _MOMENT, nullable=False),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.Column("priority", sa.Double, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("decided", sa.Boolean, nullable=False),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("proposer", sa.Text, nullable=False),
        sa.Column("proposal", sa.BigInteger),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("recommendation", sa.Text, nullable=False),
        sa.Column("model_recommendation", sa.Text, nullable=False),
        sa.Column("grade", sa.Text, nullable=False),
        sa.Column("pd", sa.Double, nullable=False),
        sa.Column("points", sa.Double, nullable=False),
        sa.Column("pending", sa.Boolean, nullable=False),
        sa.Column("struck", sa.Integer, nullable=False),
        sa.Column("suspected", sa.Boolean, nullable=False),
        sa.Column("moved", sa.Boolean, nullable=False),
        sa.Column("evidence_digest", sa.String(64), nullable=False),
        sa.Column("case_at", _MOMENT, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.UniqueConstraint("run_key", "application_id", name="uq_desk_case"),
        sa.CheckConstraint(
            "state IN ('open', 'asked', 'held', 'escalated', 'second', 'decided')",
            name="ck_desk_state",
        ),
        sa.CheckConstraint("outcome IN ('', 'approve', 'decline')", name="ck_desk_outcome"),
    )
    _index_desk()


def _index_desk() -> None:
    for name in ("holder", "state", "pending", "suspected"):
        _index(name, "decided", name, "priority", "id")
    _index("all", "decided", "priority", "id")
    filters = ("product", "business_date", "grade", "recommendation")
    for name in filters:
        others = (each for each in filters if each != name)
        _index(name, "decided", name, "priority", "id", *others, "pending", "suspected")
    op.create_index(
        "ix_desk_application_id",
        "desk",
        ["portfolio", "application_id"],
        postgresql_ops={"application_id": "text_pattern_ops"},
    )


def _index(name: str, *columns: str) -> None:
    op.create_index(f"ix_desk_{name}", "desk", ["portfolio", *columns])


def _make_users() -> None:
    op.create_table(
        "users",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("display", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("must_change", sa.Boolean, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.CheckConstraint(
            "role IN ('officer', 'senior', 'validator', 'administrator')", name="ck_users_role"
        ),
    )
    known = sa.text("subject <> ''")
    op.create_index(
        "ix_users_subject",
        "users",
        ["subject"],
        unique=True,
        sqlite_where=known,
        postgresql_where=known,
    )


def _make_sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("token_digest", sa.String(64), primary_key=True),
        sa.Column("user", sa.Text, nullable=False),
        sa.Column("csrf", sa.Text, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("seen_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
    )
    op.create_index("ix_sessions_user", "sessions", ["user"])
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"])
    op.create_table(
        "attempts",
        sa.Column("id", _NUMBER, primary_key=True, autoincrement=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
    )
    op.create_index("ix_attempts_at", "attempts", ["at"])
    op.create_index("ix_attempts_name", "attempts", ["name", "at"])
    op.create_index("ix_attempts_address", "attempts", ["address", "at"])


def _make_keys_and_views() -> None:
    op.create_table(
        "api_keys",
        sa.Column("key_digest", sa.String(64), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("revoked_at", _MOMENT),
    )
    op.create_table(
        "saved_views",
        sa.Column("user", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("query", sa.Text, nullable=False),
    )
