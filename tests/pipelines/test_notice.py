import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Literal, NamedTuple

import pandas as pd
import pytest

from features.errors import DataError
from features.language import Text
from pipelines import nightly, score
from pipelines.cases import CASES, CaseRecord, case, read_cases
from pipelines.config import RunConfig
from pipelines.decided import Behind
from pipelines.errors import ConfigError
from pipelines.job import Silent
from pipelines.manifest import RunManifest
from pipelines.notice import Composed, NoticeOptions, compose, deliver
from pipelines.rundir import RunDirectory
from pipelines.sources import open_source
from pipelines.store import Database, Review, ReviewLog
from risk.notice import NoticeSettings
from risk.policy import Recommendation
from risk.wording import unworded
from tests.pipelines.command import risk
from tests.pipelines.conftest import CONFIG, Bank
from tests.pipelines.test_cli import only_object

LENDER = NoticeSettings(
    lender=Text(zh="明湖银行", en="Minghu Bank"), contact=Text(zh="复核中心", en="Review desk")
)
NOTICE = '\n[notice]\nlender = "Minghu Bank"\ncontact = "Review desk"\n'
DAY = date(2026, 11, 28)
HOSTILE = "<img src=x onerror=alert(1)>/../../{lender}"


class Night(NamedTuple):
    """A night without a model, the config it was made with, and what stood behind it."""

    config: RunConfig
    folder: Path
    behind: Behind

    def case(self, application: str) -> CaseRecord:
        return case(self.folder / "cases", application)

    @property
    def declines(self) -> list[str]:
        records = read_cases(self.folder / "cases")
        declined = (r for r in records if r.decision.recommendation is Recommendation.DECLINE)
        return [record.score.application_id for record in declined]

    @property
    def declined(self) -> str:
        return next(name for name in self.declines if name != HOSTILE)


@pytest.fixture(scope="module")
def night(bank: Bank, tmp_path_factory: pytest.TempPathFactory) -> Night:
    """A night with missing incomes, and one application with a hostile id that hits a rule."""
    folder = tmp_path_factory.mktemp("night")
    frame = pd.read_csv(bank.tonight, dtype=str, keep_default_na=False)
    frame.loc[::2, "monthly_income"] = ""
    safe = int((frame["overdue_count_24m"] == "0").idxmax())
    frame.loc[safe, ["application_id", "max_overdue_days_24m"]] = [HOSTILE, "120"]
    frame.to_csv(folder / "tonight.csv", index=False)
    store = {"store": str(folder / "store.db"), "notice": LENDER}
    config = bank.config.model_copy(update=store)
    behind = Behind(open_source(str(folder / "tonight.csv")), bank.champion())
    options = nightly.NightOptions(date(2026, 11, 27), folder / "nights", "en")
    nightly.run(config, *behind, options, Silent())
    return Night(config, options.folder, behind)


def asked(
    application: str, run: Path, form: Literal["text", "html"] = "text", language: str = "en"
) -> NoticeOptions:
    return NoticeOptions(application, run, language, DAY, form)  # type: ignore[arg-type]


def test_a_night_holds_all_that_a_notice_needs(night: Night) -> None:
    found = compose(night.config, asked(night.declined, night.folder))
    record = night.case(night.declined)
    assert night.declined in found.text
    assert "Minghu Bank" in found.text
    assert found.reasons == min(4, len(record.score.reasons))
    assert found.text == compose(night.config, asked(night.declined, night.folder / "cases")).text


def test_every_declined_application_has_the_same_notice_from_its_case_and_its_score(
    night: Night,
) -> None:
    assert len(night.declines) > 10
    for name in (HOSTILE, *night.declines[:3]):
        by_case = compose(night.config, asked(name, night.folder))
        by_score = compose(night.config, asked(name, night.folder / "scores"), night.behind)
        assert by_case == by_score


def test_a_scored_run_alone_cannot_say_what_was_missing(night: Night) -> None:
    with pytest.raises(ConfigError, match="--input"):
        compose(night.config, asked(night.declined, night.folder / "scores"))


def test_a_value_that_was_missing_is_said_to_be_missing(night: Night) -> None:
    said = "no usable value (missing or not reported)"
    declined = [compose(night.config, asked(name, night.folder)).text for name in night.declines]
    letters = [text for text in declined if said in text]
    assert 0 < len(letters) < len(declined)
    scores = night.folder / "scores"
    name = night.declines[declined.index(letters[0])]
    assert compose(night.config, asked(name, scores), night.behind).text == letters[0]


@pytest.mark.parametrize(
    ("recommendation", "said"),
    [(Recommendation.APPROVE, "approved"), (Recommendation.REFER, "knows of no decision")],
)
def test_who_is_not_declined_gets_no_notice(
    night: Night, recommendation: Recommendation, said: str
) -> None:
    scores = score.read_scores(night.folder / "scores")
    one = str(scores.loc[scores["decision"] == recommendation, "application_id"].iloc[0])
    for run in (night.folder, night.folder / "scores"):
        with pytest.raises(DataError, match=f"{one}.*{said}"):
            compose(night.config, asked(one, run))


@pytest.mark.parametrize("name", ["nobody", "../../etc/passwd", "A'; DROP TABLE", "", "*"])
def test_an_unknown_application_is_named_and_leads_nowhere(night: Night, name: str) -> None:
    before = sorted(night.folder.rglob("*"))
    with pytest.raises(ConfigError, match="no application"):
        compose(night.config, asked(name, night.folder), night.behind)
    with pytest.raises(ConfigError, match="no case"):
        compose(night.config, asked(name, night.folder / "cases"))
    assert sorted(night.folder.rglob("*")) == before


def test_an_unfinished_night_may_still_have_cases_to_come(night: Night, tmp_path: Path) -> None:
    shutil.copytree(night.folder / "scores", tmp_path / "scores")
    with pytest.raises(ConfigError, match="no finished night"):
        compose(night.config, asked(night.declined, tmp_path), night.behind)


def test_a_folder_that_holds_no_run_is_named(night: Night, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="holds no run"):
        compose(night.config, asked("A1", tmp_path))


def test_without_a_lender_it_is_said_what_to_add(night: Night) -> None:
    config = night.config.model_copy(update={"notice": None})
    with pytest.raises(ConfigError, match=r"\[notice\].*lender.*contact"):
        compose(config, asked(night.declined, night.folder))


@pytest.mark.parametrize("file", ["cases/cases.jsonl", "scores/scores.parquet/part-00000.parquet"])
def test_what_was_cut_short_is_named_and_not_quoted(
    night: Night, tmp_path: Path, file: str
) -> None:
    copy = tmp_path / "night"
    shutil.copytree(night.folder, copy)
    content = (copy / file).read_bytes()
    (copy / file).write_bytes(content[: len(content) // 2])
    run = copy / file.split("/")[0]
    with pytest.raises(DataError, match=f"{file} is not as it was delivered; `risk verify-run"):
        compose(night.config, asked("nobody", run), night.behind)


@pytest.mark.parametrize("file", ["cases/cases.jsonl", "scores/scores.parquet/part-00000.parquet"])
def test_what_was_changed_after_delivery_is_no_ground_for_a_notice(
    night: Night, tmp_path: Path, file: str
) -> None:
    copy = tmp_path / "night"
    shutil.copytree(night.folder, copy)
    run = copy / file.split("/")[0]
    if run.name == "cases":
        (copy / file).write_text((copy / file).read_text("utf-8") + "\n", "utf-8")
    else:
        frame = pd.read_parquet(copy / file)
        frame.to_parquet(copy / file)
    with pytest.raises(DataError, match="not as it was delivered"):
        compose(night.config, asked(night.declined, run), night.behind)


def test_another_input_than_the_scored_one_is_refused(
    night: Night, changed_night: Callable[..., Path]
) -> None:
    other = Behind(open_source(str(changed_night(0, loan_amount="1"))), night.behind.stored)
    with pytest.raises(ConfigError, match="same input"):
        compose(night.config, asked(night.declined, night.folder / "scores"), other)


def test_another_model_than_the_run_had_is_refused(night: Night) -> None:
    other = Behind(night.behind.source, replace(night.behind.stored, digest="0", version="9"))
    with pytest.raises(ConfigError, match=r"another model.*version 9"):
        compose(night.config, asked(night.declined, night.folder / "scores"), other)


def test_a_rule_that_declined_is_the_reason_in_the_words_of_the_runs_own_policy(
    night: Night,
) -> None:
    bare = night.config.policy.model_copy(update={"rules": ()})
    config = night.config.model_copy(update={"policy": bare})
    found = compose(config, asked(HOSTILE, night.folder))
    assert found.reasons == 1
    assert "1. More than 90 days past due\n" in found.text
    assert "1. 逾期超过90天\n" in compose(config, asked(HOSTILE, night.folder, language="zh")).text


def test_a_pending_case_may_still_be_moved_so_it_waits(night: Night, tmp_path: Path) -> None:
    record = night.case(night.declined)
    rationale = record.rationale.model_copy(update={"status": "pending", "code": "unreachable"})
    folder = delivered(night, tmp_path, record.model_copy(update={"rationale": rationale}))
    with pytest.raises(DataError, match="pending"):
        compose(night.config, asked(record.score.application_id, folder))


def test_a_case_that_an_opinion_handed_to_a_person_is_not_declined(
    night: Night, tmp_path: Path
) -> None:
    record = night.case(night.declined)
    moved = record.decision.model_copy(update={"recommendation": Recommendation.REFER})
    folder = delivered(night, tmp_path, record.model_copy(update={"decision": moved}))
    with pytest.raises(DataError, match="referred to a person"):
        compose(night.config, asked(record.score.application_id, folder))


def delivered(night: Night, folder: Path, record: CaseRecord) -> Path:
    """A reasoned run with this one case."""
    manifest = RunManifest.read(night.folder / "cases")
    with RunDirectory(folder / "cases", manifest.key()) as stage:
        stage.path(CASES).write_text(record.model_dump_json() + "\n", "utf-8")
        stage.commit(manifest)
    return folder / "cases"


@pytest.mark.parametrize(
    ("action", "recommendation", "stands"),
    [
        ("override", Recommendation.APPROVE, False),
        ("hold", None, False),
        ("accept", Recommendation.DECLINE, True),
        ("comment", None, True),
    ],
)
def test_what_a_person_did_about_a_case_since_is_heeded(
    night: Night,
    tmp_path: Path,
    action: Literal["override", "hold", "accept", "comment"],
    recommendation: Recommendation | None,
    stands: bool,
) -> None:
    known = night.declined
    config = reviewed(night, tmp_path, known, action, recommendation)
    if stands:
        assert compose(config, asked(known, night.folder)).reasons
        return
    with pytest.raises(DataError, match="a person has taken"):
        compose(config, asked(known, night.folder))


def reviewed(
    night: Night,
    folder: Path,
    application: str,
    action: Literal["override", "hold", "accept", "comment"],
    recommendation: Recommendation | None,
) -> RunConfig:
    """The config with a store in which a person did this about an application."""
    config = night.config.model_copy(update={"store": str(folder / "reviews.db")})
    review = Review(
        run_key=RunManifest.read(night.folder / "cases").key(), application_id=application,
        reviewer="r", action=action, recommendation=recommendation, evidence_digest="0" * 64,
    )  # fmt: skip
    with Database.open(config.store) as database:
        ReviewLog(database).append(review)
    return config


def test_where_a_person_declined_a_referred_case_the_letter_is_theirs_to_write(
    night: Night, tmp_path: Path
) -> None:
    records = read_cases(night.folder / "cases")
    referred = next(r for r in records if r.decision.recommendation is Recommendation.REFER)
    known = referred.score.application_id
    config = reviewed(night, tmp_path, known, "override", Recommendation.DECLINE)
    with pytest.raises(DataError, match=f"a person declined {known}.*theirs to write"):
        compose(config, asked(known, night.folder))


def test_where_a_person_declined_what_an_opinion_held_back_the_models_reasons_stand(
    night: Night, tmp_path: Path
) -> None:
    record = night.case(night.declined)
    moved = record.decision.model_copy(update={"recommendation": Recommendation.REFER})
    folder = delivered(night, tmp_path, record.model_copy(update={"decision": moved}))
    config = reviewed(night, tmp_path, night.declined, "accept", Recommendation.DECLINE)
    assert compose(config, asked(night.declined, folder)).reasons


def test_looking_for_reviews_makes_no_store(night: Night, tmp_path: Path) -> None:
    config = night.config.model_copy(update={"store": str(tmp_path / "none.db")})
    compose(config, asked(night.declined, night.folder))
    assert list(tmp_path.iterdir()) == []


def test_a_hostile_id_is_text(night: Night) -> None:
    page = compose(night.config, asked(HOSTILE, night.folder, "html")).text
    assert "<img" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;/../../{lender}" in page
    assert HOSTILE in compose(night.config, asked(HOSTILE, night.folder)).text


def test_a_file_that_is_there_stays(tmp_path: Path) -> None:
    place = tmp_path / "letters" / "a.txt"
    result = deliver(Composed("first", 3), place)
    assert (result.counts, result.files) == ({"reasons": 3}, {"notice": str(place)})
    with pytest.raises(ConfigError, match="already there"):
        deliver(Composed("second", 3), place)
    assert [p.read_text() for p in place.parent.iterdir()] == ["first"]


@pytest.mark.parametrize(("language", "said"), [("en", "words no reason"), ("zh", "原因措辞")])
def test_a_reason_without_wording_is_warned_of_by_its_field(
    night: Night, tmp_path: Path, caplog: pytest.LogCaptureFixture, language: str, said: str
) -> None:
    record = night.case(night.declined)
    known = record.score.application_id
    compose(night.config, asked(known, night.folder, language=language))
    assert not caplog.records
    facts = tuple(
        fact.model_copy(update={"display": unworded(fact.label)})
        if fact.direction == "raises" and fact.rank == 1
        else fact
        for fact in record.case.facts
    )
    case = record.case.model_copy(update={"facts": facts})
    folder = delivered(night, tmp_path, record.model_copy(update={"case": case}))
    compose(night.config, asked(known, folder, language=language))
    (warned,) = caplog.messages
    code = next(fact.code for fact in facts if fact.rank == 1 and fact.direction == "raises")
    assert said in warned
    assert f" {code}" in warned
    assert known not in warned


def test_a_place_where_nothing_can_be_written_is_named() -> None:
    with pytest.raises(DataError, match=r"/proc/nowhere.* cannot be written"):
        deliver(Composed("first", 3), Path("/proc/nowhere/a.txt"))


def test_a_late_case_is_looked_up_under_the_run_it_was_filed_in(
    night: Night, tmp_path: Path
) -> None:
    record, origin = night.case(night.declined), "a" * 64
    known = record.score.application_id
    manifest = RunManifest.read(night.folder / "cases").model_copy(update={"job": "late"})
    with RunDirectory(tmp_path / "late", manifest.key()) as stage:
        stage.path(CASES).write_text(record.model_dump_json() + "\n", "utf-8")
        frame = pd.DataFrame({"run_key": [origin], "application_id": [known]})
        frame.to_parquet(stage.path(nightly.ORIGINS))
        stage.commit(manifest)
    config = night.config.model_copy(update={"store": str(tmp_path / "reviews.db")})
    review = Review(
        run_key=origin, application_id=known, reviewer="r", action="escalate",
        evidence_digest="0" * 64,
    )  # fmt: skip
    assert compose(config, asked(known, tmp_path / "late")).reasons
    with Database.open(config.store) as database:
        ReviewLog(database).append(review)
    with pytest.raises(DataError, match="escalate"):
        compose(config, asked(known, tmp_path / "late"))


def test_the_command_prints_the_letter_or_writes_a_file(
    bank: Bank, night: Night, tmp_path: Path
) -> None:
    store = f'store = "{tmp_path / "s.db"}"\n'
    config = bank.folder / "notice.toml"
    config.write_text(f"{store}{CONFIG}{NOTICE}", "utf-8")
    words = ["notice", night.declined, "--run", str(night.folder), "-c", str(config)]
    printed = risk(*words, "--date", "2026-11-28", cwd=tmp_path)
    assert printed.returncode == 0
    assert printed.stdout.startswith("Minghu Bank\n\nNotice of the decision")
    assert printed.stderr == ""
    done = risk(*words, "--format", "html", "-o", "a.html", "--lang", "zh", "--json", cwd=tmp_path)
    assert only_object(done.stdout)["files"] == {"notice": "a.html"}
    assert "信贷申请审批结果告知书" in (tmp_path / "a.html").read_text("utf-8")
    refused = risk(*words, "--json", cwd=tmp_path)
    assert refused.returncode == 40
    assert "--output" in str(json.loads(refused.stdout)["error"])
    assert {p.name for p in tmp_path.iterdir()} == {"a.html"}
