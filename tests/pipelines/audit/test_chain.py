"""Whatever is done to the log, the first row that shows it is named."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from features.language import LANGUAGES
from pipelines.audit.chain import Place
from pipelines.audit.heads import Head
from pipelines.store import Database, ReviewLog
from pipelines.store.reviews import GENESIS, hash_of
from pipelines.store.trail import COLUMNS
from tests.pipelines.audit.conftest import (
    PORTFOLIO,
    ROWS,
    Attacker,
    Row,
    examined,
    number,
    only,
    review,
)

AT = datetime(2026, 3, 2, 18, tzinfo=UTC)
thoroughly = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
places = st.integers(0, ROWS - 1)
words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
TEXTS = [name for name in COLUMNS if name not in ("id", "created_at")]
SHORT = ("run_key", "evidence_digest", "previous_hash", "hash")


def head_of(database: Database) -> Head:
    return examined(database).place.head(PORTFOLIO, AT)


def kept(rows: Sequence[Row]) -> Head:
    """The head of a log that ends with these rows."""
    ids = hashlib.sha256("".join(f"{row['id']}\n" for row in rows).encode()).hexdigest()
    last = rows[-1]
    return Place(len(rows), last["hash"], last["id"], ids).head(PORTFOLIO, AT)


def sealed(rows: Sequence[Row]) -> list[Row]:
    """The rows with all their hashes made anew, as somebody who has this code would."""
    previous, done = GENESIS, []
    for row in rows:
        at = row["created_at"]
        moment = at if isinstance(at, datetime) else datetime.fromisoformat(at)
        utc = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        digest = hash_of({**row, "created_at": utc}, previous)
        done.append({**row, "previous_hash": previous, "hash": digest})
        previous = digest
    return done


def test_a_log_that_nobody_was_at_is_whole(database: Database) -> None:
    assert examined(database).place[:3] == (0, GENESIS, 0)
    last = [ReviewLog(database).append(review(number)) for number in range(3)][-1]
    verdict = examined(database, head_of(database), last.hash, GENESIS)
    assert verdict.found == ()
    ids = hashlib.sha256(b"1\n2\n3\n").hexdigest()
    assert verdict.place == (3, last.hash, last.id, ids)


def test_rows_after_the_head_are_in_order(log: Database) -> None:
    head = head_of(log)
    ReviewLog(log).append(review(99))
    verdict = examined(log, head, head.hash)
    assert (verdict.found, verdict.place.length) == ((), ROWS + 1)


def test_an_empty_log_and_one_of_one_row_are_whole(log: Database, attacker: Attacker) -> None:
    attacker.write([])
    empty = head_of(log)
    assert (empty.length, empty.hash, empty.last_id) == (0, GENESIS, 0)
    last = ReviewLog(log).append(review())
    verdict = examined(log, empty)
    assert (verdict.found, verdict.place[:3]) == ((), (1, last.hash, last.id))


@thoroughly
@given(place=places, column=st.sampled_from(TEXTS), value=words)
def test_an_edit_is_found_at_its_row(
    log: Database, attacker: Attacker, place: int, column: str, value: str
) -> None:
    value = hashlib.sha256(value.encode()).hexdigest() if column in SHORT else value
    row = attacker.rows[place]
    assume(value != row[column])
    attacker.write([*attacker.rows[:place], {**row, column: value}, *attacker.rows[place + 1 :]])
    found = only(examined(log))
    assert (found.kind, number(found)) == ("edited", place + 1)


@thoroughly
@given(place=places, at=st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)))
def test_another_time_is_found_at_its_row(
    log: Database, attacker: Attacker, place: int, at: datetime
) -> None:
    told = at.isoformat(sep=" ", timespec="microseconds")
    attacker.write(attacker.rows)
    name = "cast(:told as timestamp) at time zone 'UTC'" if attacker.typed else ":told"
    attacker.run(f"update reviews set created_at = {name} where id = :id", told=told, id=place + 1)  # noqa: S608
    found = only(examined(log))
    assert (found.kind, number(found)) == ("edited", place + 1)


@thoroughly
@given(place=places, to=st.integers(-3, 2 * ROWS))
def test_another_number_is_found(log: Database, attacker: Attacker, place: int, to: int) -> None:
    assume(to not in {row["id"] for row in attacker.rows})
    attacker.write(attacker.rows)
    head = head_of(log)
    attacker.run("update reviews set id = :to where id = :id", to=to, id=place + 1)
    found = examined(log, head).found
    if place == ROWS - 1 and to > ROWS:
        assert (found[0].kind, number(found[0])) == ("renumbered", to)
    elif to < 1:
        assert number(found[0]) == to
    else:
        assert number(found[0]) == (place + 2)


@thoroughly
@given(place=places)
def test_a_number_that_moves_into_a_gap_is_found_by_the_head(
    log: Database, attacker: Attacker, place: int
) -> None:
    spaced = [{**row, "id": 10 * row["id"]} for row in attacker.rows]
    attacker.write(spaced)
    head = head_of(log)
    attacker.run("update reviews set id = id + 1 where id = :id", id=10 * (place + 1))
    assert examined(log).found == ()
    assert only(examined(log, head)).kind == "renumbered"


@thoroughly
@given(place=places)
def test_a_row_that_was_deleted_is_missed_by_the_next(
    log: Database, attacker: Attacker, place: int
) -> None:
    attacker.write(attacker.rows)
    head = head_of(log)
    attacker.write([row for row in attacker.rows if row["id"] != place + 1])
    found = only(examined(log, head))
    if place == ROWS - 1:
        assert (found.kind, number(found), found.more["gone"]) == ("cut", ROWS - 1, 1)
    else:
        assert (found.kind, number(found)) == ("missing", place + 2)


@thoroughly
@given(one=places, other=places)
def test_two_rows_that_change_places_are_found_at_the_first(
    log: Database, attacker: Attacker, one: int, other: int
) -> None:
    assume(one < other)
    swap = {one + 1: other + 1, other + 1: one + 1}
    attacker.write([{**row, "id": swap.get(row["id"], row["id"])} for row in attacker.rows])
    found = only(examined(log))
    assert (found.kind, number(found)) == ("moved", one + 1)


@thoroughly
@given(place=st.integers(0, ROWS), follows=places, comment=words)
def test_a_row_that_was_put_in_is_found(
    log: Database, attacker: Attacker, place: int, follows: int, comment: str
) -> None:
    """With a hash of its own that is right, and whatever row it says that it follows."""
    spaced = [{**row, "id": 10 * row["id"]} for row in attacker.rows]
    attacker.write(spaced)
    head = head_of(log)
    before = spaced[:follows]
    forged = sealed([*before, {**spaced[0], "id": 10 * place + 5, "comment": comment}])[-1]
    assume(forged["hash"] not in {row["hash"] for row in spaced})
    attacker.write([*spaced, forged])
    found = examined(log, head).found[0]
    if follows == place < ROWS:
        # It follows well: the next one does not, and tells where it branched off.
        assert (found.kind, number(found)) == ("inserted", 10 * (place + 1))
        assert found.more["parent"] == 10 * place
    else:
        assert number(found) == 10 * place + 5


@thoroughly
@given(left=st.integers(0, ROWS - 1))
def test_a_tail_that_was_cut_shows_in_the_head(
    log: Database, attacker: Attacker, left: int
) -> None:
    attacker.write(attacker.rows)
    head = head_of(log)
    attacker.write(attacker.rows[:left])
    assert examined(log).found == ()
    found = only(examined(log, head))
    assert found.kind == ("cut" if left else "emptied")
    assert found.more["gone"] == ROWS - left
    assert found.row is None or number(found) == left
    assert only(examined(log, head.hash)).kind == "unknown"


@thoroughly
@given(place=places, daily=st.integers(1, ROWS), comment=words)
def test_a_log_written_anew_shows_in_the_first_head_behind(
    log: Database, attacker: Attacker, place: int, daily: int, comment: str
) -> None:
    rows = attacker.rows
    heads = [kept(rows[:end]) for end in range(daily, ROWS + daily, daily)]
    assume(comment != rows[place]["comment"])
    changed = [*rows[:place], {**rows[place], "comment": comment}, *rows[place + 1 :]]
    attacker.write(sealed(changed))
    assert examined(log).found == ()
    found = only(examined(log, *heads))
    assert found.kind == "rewritten"
    assert found.more["since"] == place // daily * daily
    assert number(found) == min((place // daily + 1) * daily, ROWS)
    assert found.more["head"] == f"heads:{place // daily + 1}"


def test_a_whole_other_log_shows_in_the_head(log: Database, attacker: Attacker) -> None:
    head = head_of(log)
    attacker.write(sealed([{**row, "reviewer": "r8"} for row in attacker.rows]))
    assert only(examined(log, head)).kind == "rewritten"
    attacker.write(sealed([{**row, "reviewer": "r8"} for row in attacker.rows])[:2])
    assert only(examined(log, head)).kind == "cut"


def test_a_broken_row_and_a_head_before_it_are_both_told(log: Database, attacker: Attacker) -> None:
    head = head_of(log).model_copy(update={"length": 2}).sealed()
    attacker.run("update reviews set comment = 'no' where id = 5")
    kinds = [(found.kind, number(found)) for found in examined(log, head).found]
    assert kinds == [("edited", 5), ("rewritten", 2)]


def test_a_head_of_another_portfolio_does_not_fit(log: Database) -> None:
    head = head_of(log)
    other = head.model_copy(update={"portfolio": "large"}).sealed()
    found = only(examined(log, head, other))
    assert (found.kind, found.more) == ("foreign", {"head": "heads:2", "portfolio": "large"})


DAMAGED = {
    "sqlite": [
        "created_at = 'yesterday'",
        "created_at = replace(created_at, ' ', 'T')",
        "created_at = created_at || '+00:00'",
        "created_at = substr(created_at, 1, 19)",
        "created_at = null",
        "comment = x'ff00'",
        "comment = cast(comment as blob)",
        "comment = cast(x'ff' as text)",
        "hash = x'00'",
        "hash = null",
    ],
    "postgresql": [
        "created_at = 'infinity'",
        "created_at = '-infinity'",
        "created_at = created_at - interval '4051 years'",
        "created_at = created_at + interval '9000 years'",
    ],
}


def test_what_no_store_would_write_is_named_and_not_stumbled_over(
    log: Database, attacker: Attacker
) -> None:
    for damage in DAMAGED["postgresql" if attacker.typed else "sqlite"]:
        attacker.write(attacker.rows)
        attacker.run(f"update reviews set {damage} where id = 3")  # noqa: S608
        found = examined(log).found
        assert [(each.kind, number(each)) for each in found] == [("edited", 3)], damage
        assert all("3" in found[0].text(language) for language in LANGUAGES)


def test_a_hostile_id_cannot_act_on_the_terminal(log: Database, attacker: Attacker) -> None:
    attacker.run("update reviews set application_id = :bad where id = 3", bad="\x1b[2J\u202e" * 99)
    found = only(examined(log))
    for language in LANGUAGES:
        assert "\\u001b[2J\\u202e" in found.text(language)
        assert found.text(language).isprintable()
        assert len(found.text(language)) < 800
    assert str(found.told()["application_id"]).isprintable()


def test_examining_leaves_the_store_as_usable_as_it_was(log: Database) -> None:
    examined(log)
    assert len(ReviewLog(log).of("a" * 64, "A1")) == 1
