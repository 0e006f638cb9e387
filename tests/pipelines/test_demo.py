from pathlib import Path

import pytest

from pipelines import demo
from pipelines.cases import examples
from pipelines.errors import ConfigError
from pipelines.job import Silent
from risk.policy import Recommendation
from tests.pipelines.command import content, risk


def test_the_demo_runs_shows_three_cases_and_runs_again(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    done = risk("demo", "-o", "demo", "--rows", "3000", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("╭") == 3
    assert {p.name for p in tmp_path.iterdir()} == {"demo"}
    before = content(folder / "nights")
    again = demo.run(folder, 3000, "en", Silent())
    assert again.exit == 0
    shown = [c.decision.recommendation for c in examples(Path(again.files["rationales"]))]
    assert shown == list(Recommendation)
    after = content(folder / "nights")
    assert {name: after[name] for name in before} == before


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
