"""A night that ties its applications first: whole, taken up again, replaced, cut short."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import chain, repeat
from pathlib import Path

import pandas as pd
import pytest

from features.errors import DataError
from features.language import catalogue
from pipelines import nightly, rundir, verifying
from pipelines.config import RunConfig
from pipelines.deadline import Deadline
from pipelines.errors import DeadlineError, Exit
from pipelines.job import JobResult, Silent
from pipelines.manifest import RunManifest
from pipelines.night import read_night
from pipelines.score import read_scores
from pipelines.sources import open_source
from pipelines.store import Database, Review, ReviewLog, RunStore
from pipelines.ties.night import COUNTED, with_ties
from risk.policy import Recommendation
from tests.pipelines.command import content
from tests.pipelines.conftest import CONFIG, Bank

FIRST, SECOND = date(2026, 11, 26), date(2026, 11, 27)


@dataclass(frozen=True)
class Place:
    """A folder in which a bank's nights are made, with ties."""

    bank: Bank
    folder: Path

    def night(
        self,
        day: date,
        table: str,
        *,
        again: bool = False,
        empty: bool = False,
        deadline: Deadline | None = None,
    ) -> JobResult:
        text = f'store = "{self.folder / "store.db"}"\n{CONFIG}\n[ties]\nstate = "ties"\n'
        for name in ("dictionary.toml", "mlruns"):
            if not (self.folder / name).exists():
                (self.folder / name).symlink_to(self.bank.folder / name)
        (self.folder / "risk.toml").write_text(text, "utf-8")
        config = RunConfig.read(self.folder / "risk.toml")
        options = nightly.NightOptions(
            day,
            self.folder / "nights",
            "en",
            replace=again,
            deadline=deadline or Deadline(),
            allow_empty=empty,
        )
        source = open_source(str(self.folder / table))
        return nightly.run(config, source, self.bank.champion(), options, Silent())

    def of(self, day: date) -> Path:
        return self.folder / "nights" / day.isoformat()

    def told(self, day: date) -> pd.DataFrame:
        return pd.read_parquet(self.of(day) / "ties" / "told.parquet").set_index("row")

    def copied(self, folder: Path) -> "Place":
        shutil.copytree(self.folder, folder, symlinks=True)
        return replace(self, folder=folder)


@pytest.fixture
def place(bank: Bank, tmp_path: Path) -> Place:
    """Two tables: in the second one's first row is the phone of the first one's."""
    made = Place(bank, tmp_path / "place")
    made.folder.mkdir()
    frame = pd.read_csv(bank.tonight, dtype=str, keep_default_na=False)
    one, two = frame.iloc[:60].copy(), frame.iloc[60:110].copy()
    one["phone"] = [f"1390000{n:04d}" for n in range(len(one))]
    two["phone"] = [f"1380000{n:04d}" for n in range(len(two))]
    two.iloc[0, two.columns.get_loc("phone")] = one["phone"].iloc[0]
    one["application_date"], two["application_date"] = "2026-11-25", "2026-11-26"
    one.to_csv(made.folder / "one.csv", index=False)
    two.to_csv(made.folder / "two.csv", index=False)
    return made


def test_a_night_tells_its_applications_what_earlier_nights_brought(place: Place) -> None:
    place.night(FIRST, "one.csv")
    done = place.night(SECOND, "two.csv")
    assert done.counts["tied"] >= 1
    assert place.told(SECOND)["tie_same_phone"].iloc[0] == 1
    assert set(read_night(place.of(SECOND)).runs) == {"ties", "scores", "cases"}
    assert verifying.run(place.of(SECOND), "en", Silent()).exit is Exit.DONE
    alarms = pd.read_csv(place.of(SECOND) / "ties" / "alarms.csv", encoding="utf-8-sig")
    assert len(alarms) == done.counts.get("alarms", 0)
    scored = RunManifest.read(place.of(SECOND) / "scores").data["applications"]
    source = open_source(str(place.folder / "two.csv"))
    assert with_ties(source, place.of(SECOND) / "scores").digest() == scored != source.digest()
    assert with_ties(source, place.of(FIRST) / "scores") is source


def test_what_is_counted_of_ties_has_a_word_in_the_readers_language() -> None:
    assert [name for name in COUNTED if f"count.{name}" not in catalogue("pipelines")] == []


def test_what_the_desk_declined_is_known_to_the_next_night(place: Place) -> None:
    today = date.today()
    place.night(today, "one.csv")
    declined = pd.read_csv(place.folder / "one.csv", dtype=str)["application_id"].iloc[0]
    with Database.open(str(place.folder / "store.db")) as database:
        (run,) = [each for each in RunStore(database, "small").of(today) if each.job == "reason"]
        said = Review(
            run_key=run.run_key, application_id=declined, reviewer="li", action="override",
            recommendation=Recommendation.DECLINE, reason_code="other", evidence_digest="e" * 64,
        )  # fmt: skip
        ReviewLog(database).append(said)
    tomorrow = today + timedelta(days=1)
    rows = pd.read_csv(place.folder / "two.csv", dtype=str, keep_default_na=False)
    rows.assign(application_date=tomorrow.isoformat()).to_csv(place.folder / "two.csv", index=False)
    place.night(tomorrow, "two.csv")
    news = pd.read_csv(place.of(tomorrow) / "declined.csv", dtype=str)
    assert news.to_numpy().tolist() == [[declined, "rejected", today.isoformat()]]
    assert place.told(tomorrow)["tie_rejections_30d"].iloc[0] == 1


def test_broken_lines_and_row_numbers_are_those_of_the_table(place: Place) -> None:
    lines = (place.folder / "one.csv").read_text("utf-8").splitlines()
    lines.insert(1, "a,line,that,is,broken")
    (place.folder / "one.csv").write_text("\n".join(lines) + "\n", "utf-8")
    place.night(FIRST, "one.csv")
    rejects = pd.read_csv(place.of(FIRST) / "scores" / "rejects.csv", encoding="utf-8-sig")
    assert rejects["row"].tolist() == [1]
    scores = read_scores(place.of(FIRST) / "scores")
    assert sorted(scores["row"]) == list(range(2, 62))


def test_a_night_without_applications_ties_none_and_the_next_one_goes_on(place: Place) -> None:
    lines = (place.folder / "one.csv").read_text("utf-8").splitlines()
    (place.folder / "none.csv").write_text(lines[0] + "\n", "utf-8")
    with pytest.raises(DataError, match="has a header and no rows"):
        place.night(FIRST, "none.csv")
    assert not (place.folder / "ties").exists()
    assert place.night(FIRST, "none.csv", empty=True).counts["scored"] == 0
    assert place.night(SECOND, "one.csv").counts["scored"] == 60


def test_an_application_that_came_in_an_earlier_night_is_told(place: Place) -> None:
    first = place.night(FIRST, "one.csv")
    assert "repeated" not in first.files
    one, two = (
        pd.read_csv(place.folder / name, dtype=str, keep_default_na=False)
        for name in ("one.csv", "two.csv")
    )
    again = one.iloc[:1].assign(application_date="2026-11-26")
    pd.concat([two, again]).to_csv(place.folder / "two.csv", index=False)
    for _ in range(2):
        done = place.night(SECOND, "two.csv")
        assert done.counts["repeated"] == 1
        assert done.exit is Exit.PARTIAL
        assert done.files["repeated"] == str(place.of(SECOND) / "ties" / "repeated.csv")
    listed = pd.read_csv(done.files["repeated"], dtype=str, encoding="utf-8-sig")
    assert listed["application_id"].tolist() == again["application_id"].tolist()
    assert listed["row"].tolist() == [str(len(two) + 1)]


@pytest.mark.parametrize("earlier", [False, True])
def test_an_empty_night_gives_way_to_the_table_that_was_meant(
    place: Place, tmp_path: Path, *, earlier: bool
) -> None:
    lines = (place.folder / "one.csv").read_text("utf-8").splitlines()
    (place.folder / "none.csv").write_text(lines[0] + "\n", "utf-8")
    if earlier:
        place.night(FIRST, "one.csv")
    calm = place.copied(tmp_path / "calm")
    place.night(SECOND, "none.csv", empty=True)
    with pytest.raises(DataError, match="give --replace"):
        place.night(SECOND, "two.csv")
    place.night(SECOND, "two.csv", again=True)
    calm.night(SECOND, "two.csv")
    assert place.told(SECOND).equals(calm.told(SECOND))
    # It is a night as any other, which may be corrected.
    frame = pd.read_csv(place.folder / "two.csv", dtype=str, keep_default_na=False)
    frame.iloc[1:].to_csv(place.folder / "mended.csv", index=False)
    assert "repeated" not in place.night(SECOND, "mended.csv", again=True).counts


def test_a_night_before_an_empty_one_may_still_be_replaced(place: Place) -> None:
    lines = (place.folder / "one.csv").read_text("utf-8").splitlines()
    (place.folder / "none.csv").write_text(lines[0] + "\n", "utf-8")
    place.night(FIRST, "one.csv")
    place.night(SECOND, "none.csv", empty=True)
    frame = pd.read_csv(place.folder / "one.csv", dtype=str, keep_default_na=False)
    frame.iloc[1:].to_csv(place.folder / "mended.csv", index=False)
    assert "repeated" not in place.night(FIRST, "mended.csv", again=True).counts
    assert place.night(SECOND, "two.csv", again=True).counts["scored"] == 50


def test_a_night_whose_applications_all_came_before_takes_nothing_up(place: Place) -> None:
    place.night(FIRST, "one.csv")
    frame = pd.read_csv(place.folder / "one.csv", dtype=str, keep_default_na=False)
    frame.iloc[1:].to_csv(place.folder / "part.csv", index=False)
    state = content(place.folder / "ties")
    with pytest.raises(DataError, match=r"all applications of .* were tied before"):
        place.night(SECOND, "part.csv")
    assert content(place.folder / "ties") == state
    done = place.night(SECOND, "two.csv")
    assert "repeated" not in done.counts


def test_the_table_of_another_bank_gives_way_to_the_nights_own(place: Place) -> None:
    place.night(FIRST, "one.csv")
    place.night(SECOND, "two.csv")
    frame = pd.read_csv(place.folder / "two.csv", dtype=str, keep_default_na=False)
    frame["application_id"] = [f"MEANT{n}" for n in range(len(frame))]
    frame.to_csv(place.folder / "meant.csv", index=False)
    assert place.night(SECOND, "meant.csv", again=True).counts["scored"] == 50
    assert place.told(SECOND)["tie_same_phone"].iloc[0] == 1


def test_a_night_does_not_begin_ties_that_were_lost_anew(place: Place) -> None:
    place.night(FIRST, "one.csv")
    place.night(SECOND, "two.csv")
    shutil.rmtree(place.folder / "ties")
    frame = pd.read_csv(place.folder / "two.csv", dtype=str, keep_default_na=False)
    frame.iloc[1:].to_csv(place.folder / "mended.csv", index=False)
    third = SECOND + timedelta(days=1)
    for day, again in ((third, False), (third, True), (SECOND, True)):
        with pytest.raises(DataError, match=r"ties is missing, while .*ties-before holds"):
            place.night(day, "mended.csv", again=again)
    assert not (place.folder / "ties").exists()


def test_that_nobody_is_tied_is_said_and_a_day_ahead_is_no_slip(place: Place) -> None:
    frame = pd.read_csv(place.folder / "one.csv", dtype=str, keep_default_na=False)
    keys = ["phone", "employer", "address", "id_number", "guarantor_id"]
    bare = frame.assign(**dict.fromkeys(keys, ""))
    days = ["2026-11-27", "2026-11-28", *["2026-11-26"] * (len(bare) - 2)]
    bare.assign(application_date=days).to_csv(place.folder / "bare.csv", index=False)
    done = place.night(FIRST, "bare.csv")
    assert (done.counts["tied"], done.counts["ahead"]) == (0, 1)


def test_a_night_made_again_asks_what_is_remembered_nothing(place: Place) -> None:
    place.night(FIRST, "one.csv")
    place.night(SECOND, "two.csv")
    nights, state = content(place.folder / "nights"), content(place.folder / "ties")
    place.night(FIRST, "one.csv")
    assert content(place.folder / "nights") == nights
    assert content(place.folder / "ties") == state
    frame = pd.read_csv(place.folder / "one.csv", dtype=str, keep_default_na=False)
    frame.iloc[1:].to_csv(place.folder / "mended.csv", index=False)
    with pytest.raises(DataError, match=r"was made from other applications than .*mended\.csv"):
        place.night(FIRST, "mended.csv")
    with pytest.raises(
        DataError, match="has gone on to other applications or outcomes after those of"
    ):
        place.night(FIRST, "mended.csv", again=True)
    assert content(place.folder / "nights") == nights


def test_the_last_night_may_be_replaced(place: Place, tmp_path: Path) -> None:
    place.night(FIRST, "one.csv")
    calm = place.copied(tmp_path / "calm")
    place.night(SECOND, "two.csv")
    frame = pd.read_csv(place.folder / "two.csv", dtype=str, keep_default_na=False)
    for each in (place, calm):
        frame.iloc[1:].to_csv(each.folder / "mended.csv", index=False)
    place.night(SECOND, "mended.csv", again=True)
    calm.night(SECOND, "mended.csv")
    assert content(place.of(SECOND)) == content(calm.of(SECOND))
    assert content(place.folder / "ties") == content(calm.folder / "ties")


def test_a_corrected_table_takes_the_place_of_what_a_killed_night_had_tied(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.night(FIRST, "one.csv")
    calm = place.copied(tmp_path / "calm")
    frame = pd.read_csv(place.folder / "two.csv", dtype=str, keep_default_na=False)
    for number in range(2):
        frame.assign(phone=f"1540000000{number}").to_csv(
            place.folder / f"wrong{number}.csv", index=False
        )
        with monkeypatch.context() as patched:
            patched.setattr(rundir.RunDirectory, "commit", ended_at(1, after=True))
            with pytest.raises(KeyboardInterrupt):
                place.night(SECOND, f"wrong{number}.csv", again=bool(number))
    with pytest.raises(DataError, match=r"ties was made from other applications .*two\.csv; give"):
        place.night(SECOND, "two.csv")
    place.night(SECOND, "two.csv", again=True)
    calm.night(SECOND, "two.csv")
    assert content(place.of(SECOND)) == content(calm.of(SECOND))
    assert content(place.folder / "ties") == content(calm.folder / "ties")


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("commit", [1, 2, 3])
def test_a_night_that_ends_at_any_commit_is_ended_by_the_same_command(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, commit: int, after: bool
) -> None:
    place.night(FIRST, "one.csv")
    calm = place.copied(tmp_path / "calm")
    calm.night(SECOND, "two.csv")
    with monkeypatch.context() as patched:
        patched.setattr(rundir.RunDirectory, "commit", ended_at(commit, after=after))
        with pytest.raises(KeyboardInterrupt):
            place.night(SECOND, "two.csv")
    place.night(SECOND, "two.csv")
    assert content(place.of(SECOND)) == content(calm.of(SECOND))
    assert content(place.folder / "ties") == content(calm.folder / "ties")


def ended_at(commit: int, *, after: bool) -> Callable[..., object]:
    """A commit that is interrupted the n-th time: before it is done, or after."""
    done, whole = [], rundir.RunDirectory.commit

    def ends(self: rundir.RunDirectory, *given: object, **more: object) -> object:
        done.append(self)
        made = whole(self, *given, **more) if after or len(done) < commit else None  # type: ignore[arg-type]
        if len(done) == commit:
            raise KeyboardInterrupt
        return made

    return ends


@pytest.mark.parametrize("again", [False, True])
def test_the_deadline_is_heeded_until_the_ties_are_remembered_and_then_once_they_are_delivered(
    place: Place, tmp_path: Path, *, again: bool
) -> None:
    place.night(FIRST, "one.csv")
    day, table = (FIRST, "mended.csv") if again else (SECOND, "two.csv")
    frame = pd.read_csv(place.folder / "one.csv", dtype=str, keep_default_na=False)
    frame.iloc[1:].to_csv(place.folder / "mended.csv", index=False)
    calm = place.copied(tmp_path / "calm")
    calm.night(day, table, again=again)
    states, ties = (
        [content(each.folder / "ties") for each in (place, calm)],
        [content(each.of(day) / "ties") for each in (place, calm)],
    )
    stood: list[int] = []
    tried = place.copied(tmp_path / "tried")
    while not stood or not stood[-1]:
        with pytest.raises(DeadlineError, match="has come; what was finished is kept"):
            tried.night(day, table, again=again, deadline=come_after(len(stood) + 1))
        stood.append(states.index(content(tried.folder / "ties")))
        assert content(tried.of(day) / "ties") == ties[stood[-1]]
        assert not (tried.of(day) / "scores").exists() or again
        assert list(tried.folder.rglob(".ties*")) == []
    assert len(stood) >= 6
    tried.night(day, table, again=again)
    assert content(tried.of(day)) == content(calm.of(day))
    assert content(tried.folder / "ties") == states[1]


def come_after(looks: int) -> Deadline:
    """A deadline that comes with the n-th look at the clock."""
    noon = datetime(2026, 11, 27, 12)
    clock = chain(repeat(noon - timedelta(hours=1), looks - 1), repeat(noon))
    return Deadline(noon, lambda: next(clock))
