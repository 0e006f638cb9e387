"""The notebooks run from top to bottom on the synthetic book, and define nothing."""

import ast
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from pipelines import demo
from pipelines.config import RunConfig
from pipelines.job import Silent
from pipelines.sources import open_source
from pipelines.train import TrainOptions
from pipelines.train import run as train

FOLDER = Path(__file__).parent.parent / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


@pytest.fixture(scope="module")
def portfolio(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("portfolio")
    places = demo.lay_out(folder, 3000, "zh", Silent())
    options = TrainOptions(alias="champion", rejects=folder / "rejects.csv")
    source = open_source(str(places["book"]))
    train(RunConfig.read(places["config"]), source, options, Silent())
    return folder


def test_there_is_one_for_each_thing_a_validator_does() -> None:
    names = [path.stem for path in NOTEBOOKS]
    assert names == ["compare_two_runs", "explore_portfolio", "validate_a_run"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs_from_top_to_bottom(
    path: Path, portfolio: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINGJIAN_PORTFOLIO", str(portfolio))
    # tqdm warns wherever it finds a kernel without widgets.
    monkeypatch.setenv("PYTHONWARNINGS", "ignore")
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(FOLDER)}})
    client.execute()
    outputs = [cell.outputs for cell in notebook.cells if cell.cell_type == "code"]
    assert all(outputs[1:]), "a cell shows nothing"
    streams = [o for each in outputs for o in each if o.output_type == "stream"]
    assert streams == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_defines_nothing_and_keeps_no_output(path: Path) -> None:
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type != "code":
            continue
        assert cell.outputs == []
        assert cell.execution_count is None
        tree = ast.parse(cell.source)
        made = (ast.FunctionDef, ast.ClassDef, ast.Lambda)
        assert not [node for node in ast.walk(tree) if isinstance(node, made)]
