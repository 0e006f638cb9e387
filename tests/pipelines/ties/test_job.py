"""`risk ties`: applications with their ties, remembered from batch to batch and never twice."""

import shutil
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest

from features.errors import DataError
from features.language import LANGUAGES, Language, catalogue
from features.rendering import render
from features.synthetic import make_book
from pipelines import rundir
from pipelines.config import RunConfig
from pipelines.errors import ConfigError, Exit
from pipelines.job import JobResult, Silent
from pipelines.manifest import verify
from pipelines.sources import open_source
from pipelines.ties.job import TiesOptions, run
from pipelines.ties.outcomes import COLUMNS, DAYS, NAMES, STANDS
from pipelines.ties.remembering import BatchOptions

TIES = "tie_"


@dataclass(frozen=True)
class Desk:
    """A folder with a config, a dictionary and tables."""

    folder: Path

    def tie(
        self, table: str, out: str = "out.parquet", outcomes: str = "", *, replace: bool = False
    ) -> JobResult:
        settings = RunConfig.read(self.folder / "risk.toml")
        news = open_source(str(self.folder / outcomes)) if outcomes else None
        batch = BatchOptions(self.folder / "ties", news, date(2030, 1, 1), replace)
        options = TiesOptions(self.folder / out, batch)
        return run(settings, open_source(str(self.folder / table)), options, Silent())

    def put(self, name: str, frame: pd.DataFrame) -> str:
        frame.to_csv(self.folder / name, index=False)
        return name

    def told(self, out: str = "out.parquet") -> pd.DataFrame:
        found = pd.read_parquet(self.folder / out).set_index("application_id")
        return found[[name for name in found.columns if name.startswith(TIES)]]


@pytest.fixture(scope="module")
def book() -> pd.DataFrame:
    return make_book(600, seed=5).applications


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    dictionary = make_book(20, seed=5).dictionary
    (tmp_path / "dictionary.toml").write_text(render(dictionary), "utf-8")
    (tmp_path / "risk.toml").write_text("[policy]\napprove = 0.08\ndecline = 0.25\n", "utf-8")
    return Desk(tmp_path)


def test_every_row_comes_out_as_it_was_with_its_ties_beside_it(
    desk: Desk, book: pd.DataFrame
) -> None:
    done = desk.tie(desk.put("book.csv", book), "wide.csv")
    before = pd.read_csv(desk.folder / "book.csv", dtype=str)
    wide = pd.read_csv(desk.folder / "wide.csv", dtype=str, encoding="utf-8-sig")
    assert wide[before.columns].equals(before)
    assert set(wide["tie_group"]) > {"0", "1"}
    assert done.counts["rows"] == len(book)
    assert done.counts["tied"] == (wide["tie_group"] != "0").sum()
    assert done.exit == 0
    assert done.notes
    alarms = pd.read_csv(desk.folder / "wide-alarms.csv", dtype=str, encoding="utf-8-sig")
    raised = wide[wide["tie_alarm"] == "1"]
    assert alarms["application_id"].tolist() == raised["application_id"].tolist()
    assert done.counts["alarms"] == len(raised) > 0
    assert (alarms["tie_suspicion"].astype(float) >= 2).all()


def test_nights_one_after_the_other_tell_what_one_table_would(
    desk: Desk, book: pd.DataFrame, tmp_path: Path
) -> None:
    desk.tie(desk.put("book.csv", book))
    whole = desk.told()
    other = replace(desk, folder=tmp_path / "other")
    other.folder.mkdir()
    for name in ("dictionary.toml", "risk.toml"):
        (other.folder / name).write_bytes((tmp_path / name).read_bytes())
    cuts = [0, 200, 201, 450, len(book)]
    parts = []
    for n, (first, last) in enumerate(pairwise(cuts)):
        other.tie(other.put(f"{n}.csv", book.iloc[first:last].sample(frac=1, random_state=n)))
        parts.append(other.told())
    assert pd.concat(parts).loc[whole.index].equals(whole)


def test_the_same_batch_again_is_told_the_same_and_counted_once(
    desk: Desk, book: pd.DataFrame
) -> None:
    first = desk.tie(desk.put("book.csv", book))
    told, state = desk.told(), bytes_of(desk.folder / "ties")
    again = desk.tie("book.csv")
    assert again.run_key == first.run_key
    assert desk.told().equals(told)
    assert bytes_of(desk.folder / "ties") == state


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_batch_that_ends_half_way_is_as_if_it_had_never_begun(
    desk: Desk, book: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.tie(desk.put("a.csv", book.iloc[:300]))
    state = bytes_of(desk.folder / "ties")
    desk.put("b.csv", book.iloc[300:])
    with monkeypatch.context() as broken:
        broken.setattr(rundir.disk, "exchange", interrupted)
        with pytest.raises(KeyboardInterrupt):
            desk.tie("b.csv", "b.parquet")
    assert bytes_of(desk.folder / "ties") == state
    assert not (desk.folder / "b.parquet").exists()
    desk.tie("b.csv", "b.parquet")
    expected = desk.told("b.parquet")
    # Killed after the exchange and before the table: the same command ends it.
    (desk.folder / "b.parquet").unlink()
    desk.tie("b.csv", "b.parquet")
    assert desk.told("b.parquet").equals(expected)


def interrupted(*_: object) -> bool:
    raise KeyboardInterrupt


def test_a_slip_of_a_year_does_not_put_the_ties_ahead_of_their_time(
    desk: Desk, book: pd.DataFrame
) -> None:
    dates = ["2025-01-01", "9025-01-02", "2025-01-03"]
    rows = book.iloc[:3].assign(application_date=dates, phone="15400000001")
    done = desk.tie(desk.put("first.csv", rows))
    assert done.counts["ahead"] == 1
    assert desk.told()["tie_same_phone"].fillna(-1).tolist() == [0, -1, 1]
    later = book.iloc[3:4].assign(application_date="2025-02-01", phone="15400000001")
    done = desk.tie(desk.put("second.csv", later))
    assert "belated" not in done.counts
    assert desk.told()["tie_applications_90d"].tolist() == [2]


def test_what_a_batch_leaves_as_it_is_stays_the_same_file(desk: Desk, book: pd.DataFrame) -> None:
    state = desk.folder / "ties" / "state"
    desk.tie(desk.put("many.csv", book.iloc[:580]))
    before = {file.name: file.stat().st_ino for file in state.iterdir()}
    desk.tie(desk.put("few.csv", book.iloc[580:590]))
    after = {file.name: file.stat().st_ino for file in state.iterdir()}
    same = {name for name, number in after.items() if before[name] == number}
    assert "values.phone.digests.npy" in same
    assert "groups.size.npy" not in same
    assert verify(desk.folder / "ties") == []
    assert verify(desk.folder / "ties-before") == []


def test_a_corrected_batch_takes_the_place_of_the_last_one(
    desk: Desk, book: pd.DataFrame, tmp_path: Path
) -> None:
    wrong = book.iloc[200:400].assign(phone="15400000001")
    desk.tie(desk.put("a.csv", book.iloc[:200]))
    shutil.copytree(desk.folder / "ties", tmp_path / "calm" / "ties")
    desk.tie(desk.put("wrong.csv", wrong))
    again = desk.tie(desk.put("b.csv", book.iloc[200:400]), replace=True)
    assert "repeated" not in again.counts
    told = desk.told()
    calm = replace(desk, folder=tmp_path / "calm")
    for name in ("dictionary.toml", "risk.toml", "b.csv"):
        shutil.copy(desk.folder / name, calm.folder)
    calm.tie("b.csv")
    assert told.equals(calm.told())
    assert bytes_of(desk.folder / "ties") == bytes_of(calm.folder / "ties")
    with pytest.raises(DataError, match="holds no application of the last batch that was tied"):
        desk.tie(desk.put("c.csv", book.iloc[400:]), replace=True)
    # The first batch of all can be replaced too, and what is not kept any more cannot.
    desk.tie(desk.put("c.csv", book.iloc[400:]))
    shutil.rmtree(desk.folder / "ties-before")
    with pytest.raises(DataError, match="does not hold what stood before the last batch"):
        desk.tie(desk.put("d.csv", book.iloc[400:500]), replace=True)
    alone = replace(desk, folder=tmp_path / "alone")
    alone.folder.mkdir()
    for name in ("dictionary.toml", "risk.toml", "wrong.csv", "b.csv"):
        shutil.copy(desk.folder / name, alone.folder)
    alone.tie("wrong.csv")
    assert alone.tie("b.csv", replace=True).counts["rows"] == 200
    assert alone.told()["tie_same_phone"].max() < 100


def test_outcomes_are_counted_from_the_day_they_are_known(desk: Desk, book: pd.DataFrame) -> None:
    two = book.iloc[[0, 1, 2]].assign(
        phone="15400000001",
        application_date=["2026-01-01", "2026-01-05", "2026-02-01"],
        default_flag=[1, 0, 0],
    )
    desk.tie(desk.put("history.csv", two.iloc[:1]))
    desk.put(
        "news.csv",
        pd.DataFrame(
            {
                "application_id": [two["application_id"].iloc[0], "nobody"],
                "outcome": ["rejected", "Rejected"],
                "known_on": ["2026-01-03", "2026-01-03"],
            }
        ),
    )
    done = desk.tie(desk.put("night.csv", two.iloc[1:]), outcomes="news.csv")
    told = desk.told()
    assert done.counts["strangers"] == 1
    assert told["tie_rejections_30d"].tolist() == [1, 1]
    assert told["tie_rejections_365d"].tolist() == [1, 1]
    # The default is known twelve months after the application, and not before.
    assert told["tie_defaults_365d"].tolist() == [0, 0]
    later = book.iloc[[3]].assign(phone="15400000001", application_date="2027-01-02")
    desk.tie(desk.put("later.csv", later))
    assert desk.told()["tie_defaults_30d"].tolist() == [1]


def test_what_a_guarantor_stands_for_is_counted_as_it_was_known(
    desk: Desk, book: pd.DataFrame
) -> None:
    loans = book.iloc[:5].assign(
        guarantor_id="G7777777",
        application_date=[f"2026-01-0{day}" for day in (1, 2, 3, 4, 9)],
        default_flag=0,
    )
    desk.tie(desk.put("history.csv", loans.iloc[:4]))
    first = loans["application_id"].tolist()
    news = {
        "application_id": [*first[:3], first[0]],
        "outcome": ["late", "closed", "rejected", "late"],
        "known_on": ["2026-01-05", "2026-01-05", "2026-01-06", "2026-01-09"],
        "days_late": ["60", "", "", "0"],
    }
    desk.put("news.csv", pd.DataFrame(news))
    desk.tie(desk.put("night.csv", loans.iloc[4:]), outcomes="news.csv")
    told = desk.told().iloc[0]
    # Two of four are open; that the late one has been paid since was known on the same day only.
    assert told[["tie_guarantor_open", "tie_guarantor_late"]].tolist() == [2, 1]
    assert told["tie_guarantor_worst"] == 60


@pytest.mark.parametrize("days", ["", "ten", "-1", "1.5"])
def test_how_late_a_loan_is_has_to_be_a_number(desk: Desk, book: pd.DataFrame, days: str) -> None:
    news = {"application_id": ["a"], "outcome": ["late"], "known_on": ["2026-01-01"]}
    desk.put("news.csv", pd.DataFrame(news | {"days_late": [days]}))
    with pytest.raises(DataError, match='row 1: a loan is "late" by a whole number of days'):
        desk.tie(desk.put("book.csv", book.iloc[:9]), outcomes="news.csv")


@pytest.mark.parametrize("language", LANGUAGES)
def test_help_names_every_column_and_outcome(language: Language) -> None:
    said = catalogue("pipelines").text(language, "help.ties.outcomes")
    for name in (*COLUMNS, DAYS, *NAMES, *STANDS):
        assert name in said


def test_an_outcome_that_cannot_be_read_is_named_by_its_row(desk: Desk, book: pd.DataFrame) -> None:
    news = {
        "application_id": ["a", "b"],
        "outcome": ["rejected", "lost"],
        "known_on": ["2026-01-01"] * 2,
    }
    desk.put("news.csv", pd.DataFrame(news))
    with pytest.raises(
        DataError, match="row 2: give an outcome, rejected, defaulted, closed, late,"
    ):
        desk.tie(desk.put("book.csv", book.iloc[:20]), outcomes="news.csv")


def test_rows_without_id_or_day_come_out_without_ties(desk: Desk, book: pd.DataFrame) -> None:
    some = book.iloc[:4].astype({"application_date": str})
    some.loc[some.index[1], "application_date"] = "soon"
    some.loc[some.index[2], "application_id"] = None
    done = desk.tie(desk.put("some.csv", some))
    assert done.counts["undated"] == 2
    wide = pd.read_parquet(desk.folder / "out.parquet")
    assert wide["tie_group"].isna().tolist() == [False, True, True, False]


def test_applications_that_came_before_are_counted_and_listed(
    desk: Desk, book: pd.DataFrame
) -> None:
    first = desk.tie(desk.put("a.csv", book.iloc[:50]))
    assert "repeated" not in first.counts
    assert not (desk.folder / "out-repeated.csv").exists()
    mixed = book.iloc[48:60].assign(phone="15400000001").astype({"application_date": str})
    mixed.loc[mixed.index[3], "application_date"] = "soon"
    done = desk.tie(desk.put("b.csv", mixed))
    assert (done.counts["repeated"], done.counts["undated"]) == (2, 1)
    assert done.exit is Exit.PARTIAL
    listed = pd.read_csv(done.files["repeated"], dtype=str, encoding="utf-8-sig")
    assert listed.columns.tolist() == ["row", "application_id", "application_date"]
    assert listed["row"].tolist() == ["1", "2"]
    assert listed["application_id"].tolist() == book["application_id"].iloc[48:50].tolist()
    # A list of nothing, left by an earlier run, goes.
    desk.tie(desk.put("c.csv", book.iloc[60:70]))
    assert not (desk.folder / "out-repeated.csv").exists()


def test_a_batch_of_which_all_came_before_leaves_everything_as_it_is(
    desk: Desk, book: pd.DataFrame
) -> None:
    desk.tie(desk.put("history.csv", book.iloc[:50]), "history.parquet")
    desk.tie(desk.put("night.csv", book.iloc[50:60]))
    before = bytes_of(desk.folder)
    for replaced in (False, True):
        with pytest.raises(DataError, match=r"history\.csv"):
            desk.tie("history.csv", "history.parquet", replace=replaced)
        assert bytes_of(desk.folder) == before


def test_ties_that_were_lost_are_not_begun_anew(desk: Desk, book: pd.DataFrame) -> None:
    desk.tie(desk.put("a.csv", book.iloc[:50]))
    desk.tie(desk.put("b.csv", book.iloc[50:60]))
    shutil.rmtree(desk.folder / "ties")
    before = bytes_of(desk.folder)
    desk.put("c.csv", book.iloc[60:70])
    for replaced in (False, True):
        with pytest.raises(DataError, match=r"ties is missing, while .*ties-before holds"):
            desk.tie("c.csv", "c.parquet", replace=replaced)
    (desk.folder / "c.csv").unlink()
    assert bytes_of(desk.folder) == before
    # As it says: what is kept goes in the place of what was lost.
    (desk.folder / "ties-before").rename(desk.folder / "ties")
    assert "repeated" not in desk.tie("b.csv").counts
    shutil.rmtree(desk.folder / "ties")
    shutil.rmtree(desk.folder / "ties-before")
    assert "repeated" not in desk.tie("a.csv").counts


def test_a_batch_without_applications_does_not_stand_in_the_way(
    desk: Desk, book: pd.DataFrame
) -> None:
    desk.put("none.csv", book.iloc[:0])
    desk.tie(desk.put("a.csv", book.iloc[:50]))
    desk.tie(desk.put("wrong.csv", book.iloc[50:60].assign(phone="15400000001")))
    desk.tie("none.csv")
    again = bytes_of(desk.folder / "ties")
    desk.tie("none.csv")
    assert bytes_of(desk.folder / "ties") == again
    # What came before it can still be corrected,
    right = desk.tie(desk.put("right.csv", book.iloc[50:60]), replace=True)
    assert "repeated" not in right.counts
    assert desk.told()["tie_same_phone"].max() < 9
    # and the table that was meant may take its own place.
    desk.tie("none.csv")
    after = desk.tie(desk.put("b.csv", book.iloc[60:70]), replace=True)
    assert "repeated" not in after.counts
    with pytest.raises(DataError, match=r"all applications of .*right"):
        desk.tie("right.csv")


def test_the_first_batch_may_be_one_without_applications(desk: Desk, book: pd.DataFrame) -> None:
    desk.put("none.csv", book.iloc[:0])
    assert desk.tie("none.csv").counts["rows"] == 0
    done = desk.tie(desk.put("a.csv", book.iloc[:50]), replace=True)
    assert "repeated" not in done.counts


def test_outcomes_alone_are_kept_where_applications_are_given_in_their_place(
    desk: Desk, book: pd.DataFrame
) -> None:
    desk.put("none.csv", book.iloc[:0])
    first = book.iloc[:10].assign(phone="15400000001", application_date="2026-01-01")
    desk.tie(desk.put("a.csv", first))
    told = {
        "application_id": first["application_id"].iloc[:1],
        "outcome": ["rejected"],
        "known_on": ["2026-01-02"],
    }
    desk.put("news.csv", pd.DataFrame(told))
    desk.tie("none.csv", outcomes="news.csv")
    before = bytes_of(desk.folder / "ties")
    more = pd.concat([first, book.iloc[10:11].assign(application_date="2026-01-01")])
    with pytest.raises(DataError, match="tied before the last batch, which brought none"):
        desk.tie(desk.put("mended.csv", more), replace=True)
    assert bytes_of(desk.folder / "ties") == before
    later = book.iloc[11:12].assign(phone="15400000001", application_date="2026-01-09")
    desk.tie(desk.put("b.csv", later), replace=True)
    assert desk.told()["tie_rejections_30d"].tolist() == [1]


def test_that_nobody_is_tied_is_said(desk: Desk, book: pd.DataFrame) -> None:
    keys = ["phone", "employer", "address", "id_number", "guarantor_id"]
    done = desk.tie(desk.put("some.csv", book.iloc[:4].assign(**dict.fromkeys(keys, ""))))
    assert done.counts["tied"] == 0


def test_a_broken_line_is_listed_and_the_others_come_out(desk: Desk, book: pd.DataFrame) -> None:
    name = desk.put("some.csv", book.iloc[:4])
    with (desk.folder / name).open("a") as file:
        file.write("one,cell,too,few\n")
    done = desk.tie(name)
    assert done.counts["rejected"] == 1
    assert done.exit == 10
    assert "wrong-column-count" in Path(done.files["rejects"]).read_text("utf-8-sig")
    assert len(pd.read_parquet(desk.folder / "out.parquet")) == 4


def test_what_cannot_be_done_is_refused_before_anything_is_written(
    desk: Desk, book: pd.DataFrame
) -> None:
    name = desk.put("book.csv", book.iloc[:50])
    with pytest.raises(ConfigError, match="no table's name"):
        desk.tie(name, "out.xlsx")
    with pytest.raises(ConfigError, match="is the table itself"):
        desk.tie(name, name)
    assert not (desk.folder / "ties").exists()
    desk.tie(name)
    with pytest.raises(DataError, match="holds columns of ties already"):
        desk.tie("out.parquet", "twice.parquet")
    text = (desk.folder / "dictionary.toml").read_text("utf-8")
    (desk.folder / "dictionary.toml").write_text(
        text.replace('key = "employer"', 'key = "employer"\nhub_above = 3'), "utf-8"
    )
    with pytest.raises(DataError, match="built with other keys"):
        desk.tie(desk.put("next.csv", book.iloc[50:60]))


def test_a_state_that_was_changed_is_not_gone_on_with(desk: Desk, book: pd.DataFrame) -> None:
    desk.tie(desk.put("a.csv", book.iloc[:50]))
    day = desk.folder / "ties" / "state" / "day.npy"
    day.write_bytes(day.read_bytes()[:-1] + b"x")
    with pytest.raises(DataError, match="changed"):
        desk.tie(desk.put("b.csv", book.iloc[50:60]))


def test_nothing_that_is_kept_names_anybody(desk: Desk, book: pd.DataFrame) -> None:
    desk.tie(desk.put("book.csv", book))
    kept = b"".join(bytes_of(desk.folder / "ties").values())
    for name in ("phone", "address", "id_number", "guarantor_id"):
        assert not [each for each in book[name].dropna() if str(each).encode() in kept]
    assert (desk.folder / "ties" / "secret").stat().st_mode & 0o077 == 0
