from pathlib import Path

import pytest

from pipelines import demo
from pipelines.cases import examples
from pipelines.config import RunConfig
from pipelines.errors import ConfigError
from pipelines.job import Silent
from pipelines.review.case.room import given_of
from pipelines.review.what_if.room import answer as what_if
from pipelines.review.workbench import Workbench
from pipelines.store.desk import Wanted
from risk.policy import Recommendation
from tests.pipelines.command import content, risk


def test_the_demo_runs_shows_three_cases_and_runs_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "demo"
    done = risk("demo", "-o", "demo", "--rows", "3000", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("╭") == 3
    assert "risk review --config demo/risk.toml" in done.stdout
    assert {p.name for p in tmp_path.iterdir()} == {"demo"}
    monkeypatch.chdir(tmp_path)
    assert_the_desk_is_laid(Path("demo/risk.toml"))
    before = content(folder / "nights")
    again = demo.run(folder, 3000, "en", Silent())
    assert again.exit == 0
    shown = [c.decision.recommendation for c in examples(Path(again.files["rationales"]))]
    assert shown == list(Recommendation)
    after = content(folder / "nights")
    assert {name: after[name] for name in before} == before


def assert_the_desk_is_laid(place: Path) -> None:
    """Whoever opens the workbench next finds cases with their narratives, documents and flags."""
    config = RunConfig.read(place)
    with Workbench.open(config) as bench:
        bench.desk.take_in(bench.settings)
        rows = bench.desk.page(Wanted(limit=500)).rows
        cases = [bench.cases.find(row.key) for row in rows]
        given = [each for each in (given_of(bench, row) for row in rows) if each]
        tied = [each for each in given if each.record.case.of_kind("association")]
        assert tied
        assert {what_if(bench, each, {}).why for each in (*tied, *given[:5])} == {None}
    assert len(rows) > 20
    assert all(row.amount and row.product and not row.pending for row in rows)
    assert any(row.suspected for row in rows)
    assert all(case and case.record.case.documents for case in cases)
    assert all(case and case.record.rationale.narrative.sentences for case in cases)
    assert config.notice is not None
    records = [case.record for case in cases if case]
    assert any(record.case.of_kind("association") for record in records)
    assert any("rule:ring" in record.decision.causes for record in records)


@pytest.mark.parametrize("name", ["letter.txt", "risk.toml", "dictionary.toml"])
def test_a_folder_of_somebody_elses_is_left_as_it_is(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text('name = "mine"\n', "utf-8")
    with pytest.raises(ConfigError, match="no earlier demo"):
        demo.run(tmp_path, 3000, "en", Silent())
    assert content(tmp_path) == {name: b'name = "mine"\n'}


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "demo").write_text("mine")
    with pytest.raises(ConfigError, match="is a file"):
        demo.run(tmp_path / "demo", 3000, "en", Silent())
