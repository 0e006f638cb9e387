"""Runs, their cases, and what people decided; reviews can be added to and nothing else."""

import sqlalchemy as sa
from alembic import op

from pipelines.errors import StoreError

revision = "0002"
down_revision = "0001"

_PENDING = sa.text("status = 'pending'")
_ON_SQLITE = (
    """CREATE TRIGGER reviews_no_update BEFORE UPDATE ON reviews
    BEGIN SELECT RAISE(ABORT, 'reviews are append-only'); END""",
    """CREATE TRIGGER reviews_no_delete BEFORE DELETE ON reviews
    BEGIN SELECT RAISE(ABORT, 'reviews are append-only'); END""",
    # INSERT OR REPLACE deletes the row in its way without calling the trigger above.
    """CREATE TRIGGER reviews_no_replace BEFORE INSERT ON reviews
    WHEN EXISTS (SELECT 1 FROM reviews WHERE id = NEW.id OR previous_hash = NEW.previous_hash)
    BEGIN SELECT RAISE(ABORT, 'reviews are append-only'); END""",
)
_ON_POSTGRESQL = (
    """CREATE FUNCTION reviews_append_only() RETURNS trigger LANGUAGE plpgsql AS
    $$BEGIN RAISE EXCEPTION 'reviews are append-only'; END$$""",
    """CREATE TRIGGER reviews_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON reviews
    FOR EACH STATEMENT EXECUTE FUNCTION reviews_append_only()""",
)


def upgrade() -> None:
    """Make the three tables and the triggers."""
    _make_runs()
    _make_cases()
    _make_reviews()
    for statement in _ON_SQLITE if _on_sqlite() else _ON_POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    """Drop runs and cases, which stand in the directories of the runs too.

    Raises:
        StoreError: There are reviews. They stand nowhere else and must be kept.
    """
    if op.get_bind().execute(sa.text("SELECT 1 FROM reviews LIMIT 1")).scalar() is not None:
        raise StoreError(
            "the store holds reviews, which an older version has no place for; keep this store "
            "as it is and give the older version another one"
        )
    op.drop_table("reviews")
    op.drop_table("cases")
    op.drop_table("runs")
    if not _on_sqlite():
        op.execute("DROP FUNCTION reviews_append_only()")


def _on_sqlite() -> bool:
    return op.get_context().dialect.name == "sqlite"


def _make_runs() -> None:
    op.create_table(
        "runs",
        sa.Column("run_key", sa.String(64), primary_key=True),
        sa.Column("job", sa.Text, nullable=False),
        sa.Column("portfolio", sa.Text, nullable=False),
        sa.Column("business_date", sa.Date),
        sa.Column("directory", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("counts", sa.Text, nullable=False),
        sa.Column("manifest", sa.Text),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("state IN ('running', 'partial', 'done')", name="ck_runs_state"),
    )
    op.create_index("ix_runs_day", "runs", ["portfolio", "business_date", "job"])


def _make_cases() -> None:
    op.create_table(
        "cases",
        sa.Column("run_key", sa.String(64), primary_key=True),
        sa.Column("application_id", sa.Text, primary_key=True),
        sa.Column("portfolio", sa.Text, nullable=False),
        sa.Column("business_date", sa.Date, nullable=False),
        sa.Column("place", sa.BigInteger, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("recommendation", sa.Text, nullable=False),
        sa.Column("model_recommendation", sa.Text, nullable=False),
        sa.Column("pd", sa.Double, nullable=False),
        sa.Column("points", sa.Double, nullable=False),
        sa.Column("grade", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("record", sa.Text, nullable=False),
        sa.CheckConstraint("status IN ('answered', 'pending', 'failed')", name="ck_cases_status"),
    )
    for name, columns in {
        "application_id": ["application_id"],
        "run": ["run_key", "place"],
        "day_status": ["portfolio", "business_date", "status"],
        "day_pd": ["portfolio", "business_date", "recommendation", "pd"],
    }.items():
        op.create_index(f"ix_cases_{name}", "cases", columns)
    op.create_index(
        "ix_cases_pending",
        "cases",
        ["portfolio", "business_date", "run_key", "place"],
        sqlite_where=_PENDING,
        postgresql_where=_PENDING,
    )


def _make_reviews() -> None:
    number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "reviews",
        sa.Column("id", number, primary_key=True, autoincrement=True),
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
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("previous_hash", name="uq_reviews_previous_hash"),
        sa.CheckConstraint(
            "action IN ('accept', 'override', 'ask', 'escalate', 'hold', 'comment')",
            name="ck_reviews_action",
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_reviews_run_key_application_id", "reviews", ["run_key", "application_id"])
