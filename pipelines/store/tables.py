"""The tables of the store, at their newest form; how older ones come up to it is in `migrations`.

Whatever changes here needs a migration: a test compares the two on both databases.
"""

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Dialect,
    Double,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)

NEWEST = "0007"
"""The migration that leads to these tables."""

PENDING = text("status = 'pending'")
"""In these words and without a parameter, so that the partial index is found to fit."""
DECIDING = text("action IN ('accept', 'override')")
"""Reviews that decide a case; in these words, as `PENDING`."""
MARKING = text("action = 'mark'")
"""Reviews that say what a sentence is worth; in these words, as `PENDING`."""
STRUCK = text("struck > 0")
"""Cases with a struck sentence; in these words, as `PENDING`."""
_KNOWN_ELSEWHERE = text("subject <> ''")
_NUMBER = BigInteger().with_variant(Integer, "sqlite")


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: time zones are required on the way in, and UTC comes out.

    SQLite keeps none, and would take a local time for a universal one.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The moment in UTC.

        Raises:
            ValueError: It has no time zone.
        """
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError("a moment without a time zone; give it as UTC")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The moment in UTC, said so."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


TABLES = MetaData()

ANSWERS = Table(
    "answers",
    TABLES,
    Column("digest", String(64), primary_key=True),
    Column("application_id", Text, nullable=False, index=True),
    Column("outcome", Text, nullable=False),
    Column("answered_at", UtcDateTime, nullable=False),
)

THINKING = Table(
    "thinking",
    TABLES,
    Column("digest", String(64), primary_key=True),
    Column("text", Text, nullable=False),
    Column("thought_at", UtcDateTime, nullable=False, index=True),
)

RUNS = Table(
    "runs",
    TABLES,
    Column("run_key", String(64), primary_key=True),
    Column("job", Text, nullable=False),
    Column("portfolio", Text, nullable=False),
    Column("business_date", Date),
    Column("directory", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("counts", Text, nullable=False),
    Column("manifest", Text),
    Column("started_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    CheckConstraint("state IN ('running', 'partial', 'done')", name="ck_runs_state"),
    Index("ix_runs_day", "portfolio", "business_date", "job"),
)

CASES = Table(
    "cases",
    TABLES,
    Column("run_key", String(64), primary_key=True),
    Column("application_id", Text, primary_key=True),
    Column("portfolio", Text, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("place", BigInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("recommendation", Text, nullable=False),
    Column("model_recommendation", Text, nullable=False),
    Column("pd", Double, nullable=False),
    Column("points", Double, nullable=False),
    Column("grade", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    # Last, for SQLite reads a row from its beginning: filters need not pass over kilobytes.
    Column("record", Text, nullable=False),
    CheckConstraint("status IN ('answered', 'pending', 'failed')", name="ck_cases_status"),
    Index("ix_cases_application_id", "application_id"),
    Index("ix_cases_run", "run_key", "place"),
    Index("ix_cases_day_status", "portfolio", "business_date", "status"),
    Index("ix_cases_day_pd", "portfolio", "business_date", "recommendation", "pd"),
    Index(
        "ix_cases_pending",
        "portfolio",
        "business_date",
        "run_key",
        "place",
        sqlite_where=PENDING,
        postgresql_where=PENDING,
    ),
)

REVIEWS = Table(
    "reviews",
    TABLES,
    Column("id", _NUMBER, primary_key=True, autoincrement=True),
    Column("run_key", String(64), nullable=False),
    Column("application_id", Text, nullable=False),
    Column("reviewer", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("recommendation", Text),
    Column("reason_code", Text, nullable=False),
    Column("comment", Text, nullable=False),
    Column("evidence_digest", String(64), nullable=False),
    Column("previous_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    # No two rows can follow the same one, whoever writes them: the chain cannot fork.
    UniqueConstraint("previous_hash", name="uq_reviews_previous_hash"),
    CheckConstraint(
        "action IN ('accept', 'override', 'ask', 'escalate', 'hold', 'comment', 'propose', "
        "'return', 'claim', 'release', 'assign', 'first_view', 'mark', 'notice')",
        name="ck_reviews_action",
    ),
    Index("ix_reviews_run_key_application_id", "run_key", "application_id"),
    # Hold all that is counted: a count need not look at the rows themselves.
    Index(
        "ix_reviews_deciding",
        "run_key",
        "action",
        "reviewer",
        "reason_code",
        "recommendation",
        sqlite_where=DECIDING,
        postgresql_where=DECIDING,
    ),
    Index(
        "ix_reviews_marking",
        "run_key",
        "application_id",
        "reviewer",
        "comment",
        "evidence_digest",
        "id",
        "reason_code",
        "action",
        sqlite_where=MARKING,
        postgresql_where=MARKING,
    ),
    sqlite_autoincrement=True,
)

_FLAGS = ("pending", "suspected")

DESK = Table(
    "desk",
    TABLES,
    # A number of its own, for both databases page by it at no cost where priorities are the same.
    Column("id", _NUMBER, primary_key=True, autoincrement=True),
    Column("run_key", String(64), nullable=False),
    Column("application_id", Text, nullable=False),
    Column("portfolio", Text, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("product", Text, nullable=False),
    Column("amount", Double),
    Column("expected_loss", Double),
    Column("queued_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("priority", Double, nullable=False),
    Column("state", Text, nullable=False),
    # Follows from `state`: decided or replaced; indexes lead by it, since these outgrow all else.
    Column("decided", Boolean, nullable=False),
    Column("holder", Text, nullable=False),
    Column("proposer", Text, nullable=False),
    Column("proposal", BigInteger),
    Column("outcome", Text, nullable=False),
    Column("recommendation", Text, nullable=False),
    Column("model_recommendation", Text, nullable=False),
    Column("grade", Text, nullable=False),
    Column("pd", Double, nullable=False),
    Column("points", Double, nullable=False),
    Column("pending", Boolean, nullable=False),
    Column("struck", Integer, nullable=False),
    Column("suspected", Boolean, nullable=False),
    Column("moved", Boolean, nullable=False),
    Column("evidence_digest", String(64), nullable=False),
    Column("case_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    UniqueConstraint("run_key", "application_id", name="uq_desk_case"),
    CheckConstraint(
        "state IN ('open', 'asked', 'held', 'escalated', 'second', 'decided', 'replaced')",
        name="ck_desk_state",
    ),
    CheckConstraint("outcome IN ('', 'approve', 'decline')", name="ck_desk_outcome"),
    Index("ix_desk_all", "portfolio", "decided", "priority", "id"),
    Index("ix_desk_holder", "portfolio", "decided", "holder", "priority", "id"),
    Index("ix_desk_state", "portfolio", "decided", "state", "priority", "id"),
    Index("ix_desk_pending", "portfolio", "decided", "pending", "priority", "id"),
    Index("ix_desk_suspected", "portfolio", "decided", "suspected", "priority", "id"),
    Index(
        "ix_desk_struck",
        "portfolio",
        "decided",
        "priority",
        "id",
        sqlite_where=STRUCK,
        postgresql_where=STRUCK,
    ),
    # What stands behind the id is what people filter by at the same time.
    *(
        Index(f"ix_desk_{name}", "portfolio", "decided", name, "priority", "id", *others, *_FLAGS)
        for name, *others in (
            ("product", "business_date", "grade", "recommendation"),
            ("business_date", "product", "grade", "recommendation"),
            ("grade", "product", "business_date", "recommendation"),
            ("recommendation", "product", "business_date", "grade"),
        )
    ),
    Index(
        "ix_desk_application_id",
        "portfolio",
        "application_id",
        postgresql_ops={"application_id": "text_pattern_ops"},
    ),
)

USERS = Table(
    "users",
    TABLES,
    Column("name", Text, primary_key=True),
    Column("display", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("must_change", Boolean, nullable=False),
    Column("language", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    CheckConstraint(
        "role IN ('officer', 'senior', 'validator', 'administrator')", name="ck_users_role"
    ),
    Index(
        "ix_users_subject",
        "subject",
        unique=True,
        sqlite_where=_KNOWN_ELSEWHERE,
        postgresql_where=_KNOWN_ELSEWHERE,
    ),
)

SESSIONS = Table(
    "sessions",
    TABLES,
    Column("token_digest", String(64), primary_key=True),
    Column("user", Text, nullable=False, index=True),
    Column("csrf", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
)

ATTEMPTS = Table(
    "attempts",
    TABLES,
    Column("id", _NUMBER, primary_key=True, autoincrement=True),
    Column("name", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False, index=True),
    Index("ix_attempts_name", "name", "at"),
    Index("ix_attempts_address", "address", "at"),
)

API_KEYS = Table(
    "api_keys",
    TABLES,
    Column("key_digest", String(64), primary_key=True),
    Column("name", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
)

SAVED_VIEWS = Table(
    "saved_views",
    TABLES,
    Column("user", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("query", Text, nullable=False),
)

REPEATS = Table(
    "repeats",
    TABLES,
    # Whose repeats, and what the caller called this one.
    Column("key_digest", String(64), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("body_digest", String(64), nullable=False),
    Column("review", BigInteger),
    Column("begun_at", UtcDateTime, nullable=False),
)

DELIVERIES = Table(
    "deliveries",
    TABLES,
    Column("name", Text, primary_key=True),
    Column("last", BigInteger, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)
