import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from features.language import Language
from pipelines import reason
from pipelines.backends import Backends
from pipelines.cases import CASES, read_cases
from pipelines.errors import ConfigError
from pipelines.evaluation import job
from pipelines.evaluation.sample import Draw
from pipelines.job import Silent
from pipelines.manifest import MANIFEST, RunManifest
from pipelines.sources import open_source
from pipelines.store import Database, Review, ReviewLog
from pipelines.telling import Told
from pipelines.validation.reasoned import read_reasoned
from risk.policy import Recommendation
from risk.reasoning.backends.template import VERSION
from tests.fake_r1.server import MODEL, FakeServer
from tests.pipelines.conftest import Bank
from tests.pipelines.evaluation.planted import Opinionated
from tests.pipelines.validation.passes import LIMIT, SELECTION, Runs, concerned


def test_a_run_reads_back_as_it_was_counted(runs: Runs, server: FakeServer) -> None:
    server.behaviour.reply = concerned(lambda prompt: len(prompt) % 2 == 0)
    folder = runs(server)
    told, read = Told(), read_reasoned(folder, None, None)
    for record in read_cases(folder):
        told.add(record)
    assert read.faithfulness == told.tally.result()
    assert len(read.cases) == read.faithfulness.cases == LIMIT
    moved = read.cases["recommendation"] != read.cases["model_recommendation"]
    assert moved.sum() == read.faithfulness.moved == told.counts["moved"] > 0
    for record, row in zip(read_cases(folder), read.cases.itertuples(), strict=True):
        assert row.application_id == record.score.application_id
        assert row.case_digest == record.case.digest
        assert row.evidence_digest == record.rationale.evidence_digest
        assert (row.pd_model, row.struck) == (record.score.pd_model, 0)
    assert (read.reviews, read.comparisons) == (None, ())


def test_the_identity_tells_what_answered_part_by_part(runs: Runs, server: FakeServer) -> None:
    folder = runs(server, "zh")
    identity, manifest = read_reasoned(folder, None, None).identity, RunManifest.read(folder)
    said = json.loads(manifest.prompt)
    assert identity["run"] == manifest.key()
    assert (identity["language"], identity["model_digest"]) == ("zh", manifest.model)
    assert (identity["prompt"], identity["answer_form"]) == (said["prompt"], said["schema"])
    assert identity["answered_by"] == identity["back_end.model"] == MODEL
    temperature = said["profile"]["temperature"]
    assert float(identity["back_end.profile.temperature"]) == temperature
    assert (identity["code"], identity["seed"]) == (manifest.version, "")
    assert all(isinstance(value, str) for value in identity.values())


def test_the_template_has_no_prompt(runs: Runs) -> None:
    read = read_reasoned(runs.by(Backends.template()), None, None)
    assert (read.identity["prompt"], read.identity["answered_by"]) == ("", VERSION)
    assert set(read.cases["opinion"]) == {"none-template"}


def test_an_opaque_identity_takes_its_words_from_the_code(runs: Runs) -> None:
    read = read_reasoned(runs.by(Backends(Opinionated({}))), None, None)
    assert read.identity["answered_by"] == "planted-1"
    assert read.identity["back_end.identity"].startswith("planted/")
    assert read.identity["prompt"] == f"as in {read.identity['code']} {read.identity['commit']}"


def test_the_latest_word_on_each_case_is_read(runs: Runs, tmp_path: Path) -> None:
    folder, store = runs.by(Backends.template()), str(tmp_path / "store.db")
    key = RunManifest.read(folder).key()
    ids = read_reasoned(folder, None, store).cases["application_id"]
    assert not Path(store).exists()
    given: dict[str, Any] = {"run_key": key, "reviewer": "r7", "evidence_digest": "2" * 64}
    with Database.open(store) as database:
        log = ReviewLog(database)
        refer = Recommendation.REFER
        log.append(Review(application_id=ids[0], action="accept", recommendation=refer, **given))
        log.append(Review(application_id=ids[0], action="override", recommendation=refer, **given))
        log.append(Review(application_id=ids[1], action="ask", **given))
    read = read_reasoned(folder, None, store)
    assert read.reviews is not None
    assert read.reviews["action"].tolist() == ["override", "ask"]
    assert read.reviews["recommendation"].tolist()[0] == "refer"
    assert "reviews" in read.identity


@pytest.fixture(scope="module")
def evaluated(bank: Bank, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("evaluated") / "run"
    options = job.EvaluateOptions(folder, Backends(Opinionated({})), "en", Draw(size=0))
    source = open_source(str(bank.folder / "book.parquet"))
    job.run(bank.config, source, bank.champion(), options, Silent())
    return folder


def test_an_evaluation_of_the_same_brings_its_comparisons(runs: Runs, evaluated: Path) -> None:
    read = read_reasoned(runs.by(Backends(Opinionated({}))), evaluated, None)
    assert [each.subset for each in read.comparisons][:1] == ["later"]
    assert read.identity["evaluation"] == RunManifest.read(evaluated).key()


@pytest.mark.parametrize(
    ("backends", "language", "what"),
    [
        (Backends.template(), "en", "another back end or prompt"),
        (Backends(Opinionated({})), "zh", "another language"),
    ],
)
def test_an_evaluation_of_something_else_is_refused(
    runs: Runs, evaluated: Path, backends: Backends, language: Language, what: str
) -> None:
    with pytest.raises(ConfigError, match=f"evaluation.json was measured with {what}"):
        read_reasoned(runs.by(backends, language), evaluated, None)


def test_an_evaluation_of_another_model_is_refused(
    runs: Runs, evaluated: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    manifest = RunManifest.read(evaluated).model_copy(update={"model": "0" * 64})
    shutil.copytree(evaluated, other)
    (other / MANIFEST).write_text(manifest.to_json(), "utf-8")
    with pytest.raises(ConfigError, match="measured with another model"):
        read_reasoned(runs.by(Backends(Opinionated({}))), other, None)


@pytest.mark.parametrize("damage", ["", "{", '{"subset": 1}'])
def test_a_damaged_evaluation_is_named(
    runs: Runs, evaluated: Path, tmp_path: Path, damage: str
) -> None:
    other = tmp_path / "other"
    shutil.copytree(evaluated, other)
    (other / "evaluation.json").write_text(damage, "utf-8")
    with pytest.raises(ConfigError, match=r"other.evaluation\.json cannot be read"):
        read_reasoned(runs.by(Backends(Opinionated({}))), other, None)


def test_a_folder_that_holds_no_reasoned_run_is_named_with_what_to_give(
    scored_night: Path, runs: Runs, evaluated: Path, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=r'holds a run of "score"; give .*`risk reason`'):
        read_reasoned(scored_night, None, None)
    with pytest.raises(ConfigError, match=r"no manifest\.json.*`risk reason` wrote"):
        read_reasoned(tmp_path / "nothing", None, None)
    whole = tmp_path / "2026-03-01"
    whole.mkdir()
    (whole / "night.json").write_text("{}", "utf-8")
    with pytest.raises(ConfigError, match=r"is a whole night; give .*cases"):
        read_reasoned(whole, None, None)
    with pytest.raises(ConfigError, match="`risk evaluate-reasoning`"):
        read_reasoned(runs.by(Backends(Opinionated({}))), scored_night, None)


def test_damage_is_told_by_line_and_never_quoted(runs: Runs, tmp_path: Path) -> None:
    folder = runs.by(Backends.template())
    path = folder / CASES
    lines = path.read_bytes().splitlines(keepends=True)
    for damaged in (lines[2][:500], b"\xff\xfe\n", b"null\n"):
        path.write_bytes(b"".join([*lines[:2], damaged, *lines[3:]]))
        with pytest.raises(ConfigError, match=r"cases\.jsonl, line 3, is no case record") as caught:
            read_reasoned(folder, None, None)
        assert json.loads(lines[2])["score"]["application_id"] not in str(caught.value)
    for changed in (lines[:-1], [*lines, lines[0]], [lines[1], lines[0], *lines[2:]]):
        path.write_bytes(b"".join(changed))
        with pytest.raises(ConfigError, match=r"cases\.jsonl was changed after the run"):
            read_reasoned(folder, None, None)
    path.unlink()
    with pytest.raises(ConfigError, match=r"cases\.jsonl cannot be read"):
        read_reasoned(folder, None, None)


def test_a_run_of_no_cases_is_read(
    runs: Runs, bank: Bank, scored_night: Path, tmp_path: Path
) -> None:
    config = bank.config.model_copy(update={"rationale": SELECTION.model_copy(update={"limit": 0})})
    options = reason.ReasonOptions(scored_night, tmp_path / "none", "en")
    source = open_source(str(bank.tonight))
    reason.run(config, source, bank.champion(), options, Silent())
    read = read_reasoned(tmp_path / "none", None, None)
    assert (len(read.cases), read.faithfulness.cases) == (0, 0)
