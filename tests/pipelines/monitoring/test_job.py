"""Nights of a real bank watched: what is said, what is an alarm, and what is kept of it."""

import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path

import mlflow
import pandas as pd
import pytest

from features.language import LANGUAGES, Text
from pipelines.cases import CASES
from pipelines.errors import ConfigError, Exit
from pipelines.job import JobResult
from pipelines.manifest import RunManifest, described, file_digest, verify
from pipelines.night import NIGHT, read_night
from pipelines.pages.page import html
from pipelines.stability import STABILITY, read_stability
from pipelines.store import Database, Review, ReviewLog
from risk.policy import Recommendation
from risk.report.document import Figure, Report, Table
from tests.pipelines.command import content, risk
from tests.pipelines.monitoring.conftest import QUIET, SHIFTED, WAITING, Lived

Watch = Callable[..., JobResult]


LEVEL = "night_outcomes", "observed_expected"


def told(result: JobResult) -> Report:
    return Report.from_json(Path(result.files["report"]).read_bytes())


def figure(report: Report, section: str, key: str) -> Figure:
    return next(each for each in report.section(section).figures if each.key == key)


def table(report: Report, section: str, key: str) -> Table:
    return next(each for each in report.section(section).tables if each.key == key)


def test_a_shifted_night_is_an_alarm(watch: Watch, lived: Lived) -> None:
    result = watch()
    report = told(result)
    assert result.exit is Exit.PARTIAL
    assert result.counts["alerts"] > 0
    psi = figure(report, "night_scores", "psi")
    said = read_stability(lived.folder / SHIFTED.isoformat() / "scores")
    assert said is not None
    assert psi.value == said.psi
    assert psi.light == "red"
    largest = figure(report, "night_scores", "csi_largest")
    assert getattr(largest.subject, "en", "") == "monthly income"
    assert largest.light == "red"
    lights = table(report, "night_scores", "night_psi").lights
    assert lights == ("green", "green", "red")
    assert any("PSI" in note for note in result.notes)


def test_nights_in_order_are_none(watch: Watch) -> None:
    result = watch(since=QUIET, until=QUIET)
    report = told(result)
    assert result.exit is Exit.DONE
    assert result.counts == {"nights": 1, "alerts": 0, "warnings": 0}
    assert report.light == "green"
    assert report.subjects == ("2026-11-25",)
    # The night before is read for comparison, and has no light.
    shown = table(report, "night_volumes", "night_volumes")
    assert (shown.column("day"), shown.lights) == (("2026-11-24", "2026-11-25"), ("none", "green"))
    assert figure(report, "night_decisions", "approval_change").value == 0


def test_every_figure_of_a_night_is_what_its_files_say(watch: Watch, lived: Lived) -> None:
    report = told(watch())
    night = read_night(lived.folder / SHIFTED.isoformat()).counts
    shown = table(report, "night_volumes", "night_volumes")
    assert shown.column("read")[-1] == 200
    assert shown.column("rejected") == (0, 0, 1)
    assert figure(report, "night_decisions", "approval_rate").value == night["approve"] / 199
    rules = table(report, "night_volumes", "night_rules")
    assert [getattr(cell, "en", "") for row in rules.rows for cell in row[:1]] == ["loan amount"]
    assert rules.column("lines_all") == (1,)
    cases = table(report, "night_rationales", "night_cases")
    assert cases.column("cases")[-1] == night["reasoned"]
    quality = table(report, "night_rationales", "night_quality")
    first = read_night(lived.folder / WAITING.isoformat()).counts["pending"]
    second = read_night(lived.folder / QUIET.isoformat()).counts["reasoned"]
    assert quality.column("replied") == (0, first + second, night["reasoned"])
    assert quality.column("prompt_tokens")[1]


def test_a_day_without_a_night_is_told_and_is_no_alarm(watch: Watch) -> None:
    report = told(watch(until=SHIFTED))
    gap = next(r for r in report.section("night_volumes").remarks if r.key == "night_missing")
    assert gap.values == {"nights": 1, "days": "2026-11-26"}
    assert gap.light == "amber"
    late = watch(since=QUIET, until=SHIFTED.replace(day=29), output="late")
    assert late.counts["missing"] == 3


def test_cases_that_wait_are_an_alarm_until_a_later_night_has_answered(watch: Watch) -> None:
    waiting = watch(until=WAITING)
    alone = told(waiting)
    assert waiting.exit is Exit.PARTIAL
    assert figure(alone, "night_rationales", "unanswered").value == 1
    assert figure(alone, "night_rationales", "verified").because == "no-replies"
    answered = table(told(watch(output="all")), "night_rationales", "night_cases")
    assert answered.column("cases_late")[0] == answered.column("cases")[0]
    assert answered.column("cases_pending") == (0, 0, 0)
    assert answered.lights[0] == "green"


def test_a_damaged_and_an_unfinished_night_are_told_and_the_others_stand(
    watch: Watch, lived: Lived, tmp_path: Path
) -> None:
    nights = tmp_path / "nights"
    shutil.copytree(lived.folder, nights)
    harmed = nights / QUIET.isoformat() / "cases" / CASES
    harmed.write_text(harmed.read_text("utf-8")[:-10], "utf-8")
    (nights / SHIFTED.isoformat() / NIGHT).unlink()
    (nights / "notes").mkdir()
    result = watch(folder=nights)
    assert (result.counts["damaged"], result.counts["unfinished"]) == (1, 1)
    assert result.counts["nights"] == 1
    assert result.exit is Exit.PARTIAL
    remarks = {r.key: r for r in told(result).section("night_volumes").remarks}
    assert remarks["night_damaged"].light == "red"
    detail = remarks["night_damaged"].values["detail"]
    assert "cases/cases.jsonl" in getattr(detail, "en", "")
    assert remarks["night_unfinished"].values["days"] == "2026-11-27"


def resealed(folder: Path, run: str) -> None:
    """Make a changed file one that was delivered so."""
    manifest = RunManifest.read(folder / run)
    outputs = described(folder / run, {})
    written = manifest.with_outputs(outputs, manifest.counts).to_json()
    (folder / run / "manifest.json").write_text(written, "utf-8")
    night = read_night(folder)
    runs = {**night.runs, run: file_digest(folder / run / "manifest.json")}
    (folder / NIGHT).write_text(night.model_copy(update={"runs": runs}).text, "utf-8")


def test_a_record_of_another_version_spoils_its_own_night_only(
    watch: Watch, lived: Lived, tmp_path: Path
) -> None:
    nights = tmp_path / "nights"
    shutil.copytree(lived.folder, nights)
    night = nights / QUIET.isoformat()
    (night / "cases" / CASES).write_text('{"applicant": "Wang Xiaoming"}\n', "utf-8")
    resealed(night, "cases")
    result = watch(folder=nights)
    assert (result.counts["nights"], result.counts["damaged"]) == (2, 1)
    page = Path(result.files["page"]).read_text("utf-8")
    assert "another version of mingjian" in page
    assert "Xiaoming" not in page
    remarks = {r.key: r for r in told(result).section("night_volumes").remarks}
    detail = remarks["night_damaged"].values["detail"]
    assert isinstance(detail, Text)
    assert "无法读取" in detail.zh
    assert "cannot be read" in detail.en


@pytest.mark.parametrize(
    "name",
    ["scores/rejects.csv", "scores/scores.parquet/part-00000.parquet", "late/origins.parquet"],
)
def test_a_file_of_another_version_spoils_its_own_night_only(
    watch: Watch, lived: Lived, tmp_path: Path, name: str
) -> None:
    nights = tmp_path / "nights"
    shutil.copytree(lived.folder, nights)
    night, run = nights / QUIET.isoformat(), name.split("/")[0]
    if name.endswith(".csv"):
        (night / name).write_text("applicant,income\nWang Xiaoming,1\n", "utf-8")
    else:
        pd.DataFrame({"applicant": ["Wang Xiaoming"]}).to_parquet(night / name)
    resealed(night, run)
    result = watch(folder=nights)
    assert (result.counts["nights"], result.counts["damaged"]) == (2, 1)
    assert "Xiaoming" not in Path(result.files["page"]).read_text("utf-8")


@pytest.mark.parametrize(("column", "value"), [("pd", 7.0), ("pd", None), ("points", math.nan)])
def test_values_that_no_score_has_spoil_their_own_night_only(
    watch: Watch, lived: Lived, ended: Path, tmp_path: Path, column: str, value: float | None
) -> None:
    nights = tmp_path / "nights"
    shutil.copytree(lived.folder, nights)
    night = nights / QUIET.isoformat()
    part = night / "scores" / "scores.parquet" / "part-00000.parquet"
    scores = pd.read_parquet(part).astype({column: "float64"})
    scores.loc[0, column] = value
    scores.to_parquet(part)
    resealed(night, "scores")
    result = watch(folder=nights)
    assert (result.counts["nights"], result.counts["damaged"]) == (2, 1)
    assert f"no score has ({column})" in Path(result.files["page"]).read_text("utf-8")
    # Nor are its PDs held against outcomes.
    known = figure(told(watch(folder=nights, labels=ended, output="b")), *LEVEL)
    shutil.rmtree(night)
    assert known == figure(told(watch(folder=nights, labels=ended, output="c")), *LEVEL)


def test_nights_of_an_earlier_version_have_their_psi_and_no_fields(
    watch: Watch, lived: Lived, tmp_path: Path
) -> None:
    nights = tmp_path / "nights"
    shutil.copytree(lived.folder, nights)
    night = nights / SHIFTED.isoformat()
    place = night / "scores" / STABILITY
    said = json.loads(place.read_text("utf-8"))
    del said["fields"], said["every"]
    place.write_text(json.dumps(said), "utf-8")
    resealed(night, "scores")
    report = told(watch(folder=nights))
    assert figure(report, "night_scores", "psi").value == said["psi"]
    assert figure(report, "night_scores", "csi_largest").because == "no-development"


def test_overrides_come_from_the_store(watch: Watch, lived: Lived) -> None:
    config = lived.config.model_copy(update={"store": str(lived.folder.parent / "reviewed.db")})
    shutil.copy(lived.config.store, config.store)
    run = json.loads((lived.folder / QUIET.isoformat() / "cases" / "manifest.json").read_text())
    lines = (lived.folder / QUIET.isoformat() / "cases" / CASES).read_text("utf-8").splitlines()
    ids = [json.loads(line)["score"]["application_id"] for line in lines]
    with Database.open(config.store) as database:
        log = ReviewLog(database)
        for place, application_id in enumerate(ids[:10]):
            given = {"run_key": run["key"], "application_id": application_id, "reviewer": "r"}
            for action in ("override", "accept") if place == 0 else ("accept", "override"):
                log.append(
                    Review(
                        **given,
                        action=action,
                        recommendation=Recommendation.DECLINE,
                        evidence_digest="0" * 64,
                    )
                )
            log.append(Review(**given, action="comment", evidence_digest="0" * 64))
    report = told(watch(until=QUIET, config=config))
    found = figure(report, "night_decisions", "overridden")
    assert (found.value, found.rows) == (0.9, 10)
    assert figure(report, "night_decisions", "override_change").because == "no-nights-before"


def test_a_store_that_is_not_there_is_not_made(watch: Watch, lived: Lived, tmp_path: Path) -> None:
    config = lived.config.model_copy(update={"store": str(tmp_path / "none.db")})
    assert figure(told(watch(config=config)), "night_decisions", "overridden").because
    assert not (tmp_path / "none.db").exists()


def test_outcomes_are_told_by_vintage_and_joined_to_what_the_nights_said(
    watch: Watch, lived: Lived, ended: Path
) -> None:
    report = told(watch(since=SHIFTED, labels=ended))
    level = figure(report, "night_outcomes", "observed_expected")
    assert level.rows == 400
    assert level.value is not None
    shown = table(report, "night_outcomes", "vintages")
    assert set(shown.column("vintage")) <= {"2025Q2", "2025-05", "2025-06"}
    assert sum(int(str(rows)) for rows in shown.column("rows")) == 400


def test_labels_that_are_not_final_wait_and_their_day_is_told(
    watch: Watch, lived: Lived, ended: Path
) -> None:
    samples = lived.config.samples.model_copy(update={"observed_until": QUIET.replace(month=5)})
    config = lived.config.model_copy(update={"samples": samples})
    section = told(watch(labels=ended, config=config)).section("night_outcomes")
    waiting = next(each for each in section.remarks if each.key == "immature")
    rows = section.figures[0].rows
    assert rows is not None
    assert 0 < rows == 400 - int(str(waiting.values["rows"]))
    assert str(waiting.values["first"]) > "2026-05-25"
    assert waiting.values["last"] == "2026-06-30"


def test_the_same_nights_give_the_same_bytes_and_a_run_of_their_own(
    watch: Watch, lived: Lived, tmp_path: Path
) -> None:
    first, again, other = watch(), watch(), watch(output="other")
    assert first.run_key == again.run_key == other.run_key
    assert first.run_id != again.run_id
    assert content(tmp_path / "report") == content(tmp_path / "other")
    assert verify(tmp_path / "report") == []
    client = mlflow.MlflowClient(f"sqlite:///{lived.bank.folder}/mlruns/mlflow.db")
    logged = client.get_run(first.run_id)
    report = told(first)
    assert logged.data.tags["mingjian.monitoring"] == "red"
    assert logged.data.tags["mingjian.job"] == "monitor"
    assert logged.data.metrics["alerts"] == first.counts["alerts"]
    assert logged.data.metrics["night_scores.psi.last_night"] == (
        figure(report, "night_scores", "psi").value
    )
    points = client.get_metric_history(first.run_id, "by_night.psi")
    psi = table(report, "night_scores", "night_psi").column("psi")
    assert {point.step: point.value for point in points} == dict(enumerate(psi, 1))
    # The first night had no reply: the series has no point there, and the others keep their steps.
    held = client.get_metric_history(first.run_id, "by_night.verified_share")
    assert {point.step for point in held} == {2, 3}
    artifacts = {each.path for each in client.list_artifacts(first.run_id)}
    assert {"report.json", "report.zh.html", "report.en.html", "manifest.json"} <= artifacts


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_has_a_text_for_all_of_it(watch: Watch, ended: Path, language: str) -> None:
    report = told(watch(labels=ended))
    page = html(report, "zh" if language == "zh" else "en")
    assert page.count("<svg") >= 7
    assert ("模型监测报告" if language == "zh" else "Monitoring report") in page


def test_what_cannot_be_watched_is_refused(watch: Watch, lived: Lived, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="holds no night"):
        watch(folder=tmp_path / "nowhere")
    with pytest.raises(ConfigError, match="holds no night"):
        watch(since=SHIFTED.replace(day=28))
    with pytest.raises(ConfigError, match=r'is a night of "small".*"cards"'):
        watch(config=lived.config.model_copy(update={"name": "cards"}))


def test_one_night_can_be_watched_by_its_folder(watch: Watch, lived: Lived) -> None:
    report = told(watch(folder=lived.folder / QUIET.isoformat()))
    assert report.subjects == ("2026-11-25",)
    assert figure(report, "night_decisions", "approval_change").because == "no-nights-before"


def test_the_command_ends_with_ten_and_tells_who_collects_figures(
    lived: Lived, tmp_path: Path
) -> None:
    config = str(lived.bank.folder / f"nightly-{lived.folder.parent.name}.toml")
    place = tmp_path / "monitor.prom"
    words = ["--nights", str(lived.folder), "-o", "out", "-c", config, "--since", "2026-11-27"]
    done = risk("monitor", *words, "--metrics-file", str(place), "--json", cwd=tmp_path)
    assert done.returncode == 10, done.stderr
    said = json.loads(done.stdout)
    assert said["counts"]["alerts"] > 0
    for file in said["files"].values():
        assert (tmp_path / file).exists()
    figures = place.read_text("utf-8")
    assert 'mingjian_lights{job="monitor",light="red"' in figures
    assert 'mingjian_night{figure="approval_rate"' in figures
    quiet = risk("monitor", *words[:-1], "2026-11-99", cwd=tmp_path)
    assert quiet.returncode == 40
