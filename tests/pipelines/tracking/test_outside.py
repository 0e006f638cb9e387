"""Models from outside: any pyfunc, whatever form its answers have, and clear words where not."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from pipelines.errors import TrackingError
from pipelines.tracking import Tracking
from pipelines.tracking.store import quiet

pytestmark = pytest.mark.filterwarnings("ignore:.*type hints")
ROWS = pd.DataFrame({"income": [1.0, 2.0, 3.0, 4.0], "debt": [4.0, 3.0, 2.0, 1.0]})
Y = [1, 0, 1, 0]


def says(answer: Callable[[pd.DataFrame], object]) -> Any:
    """A pyfunc that answers with whatever it was given."""
    from mlflow.pyfunc import PythonModel

    class Says(PythonModel):  # type: ignore[misc]
        def predict(self, context, model_input, params=None):  # MLflow warns of type hints
            return answer(model_input)

    return Says()


@pytest.fixture
def tracking(tmp_path: Path) -> Tracking:
    found = Tracking(str(tmp_path / "mlruns"), "small")
    with quiet():
        import mlflow

        mlflow.set_tracking_uri(found.uri)
    return found


def saved(folder: Path, answer: Callable[[pd.DataFrame], object]) -> str:
    with quiet():
        import mlflow

        mlflow.pyfunc.save_model(folder / "model", python_model=says(answer))
    return (folder / "model").as_uri()


@pytest.mark.parametrize(
    "answer",
    [
        lambda rows: rows["debt"] / 10,
        lambda rows: (rows["debt"] / 10).to_numpy(),
        lambda rows: (rows["debt"] / 10).tolist(),
        lambda rows: pd.DataFrame({"points": rows["debt"], "pd": rows["debt"] / 10}),
        lambda rows: pd.DataFrame({"probability": rows["debt"] / 10}),
        lambda rows: np.column_stack([1 - rows["debt"] / 10, rows["debt"] / 10]),
        lambda rows: pd.DataFrame({0: 1 - rows["debt"] / 10, 1: rows["debt"] / 10}),
    ],
)
def test_an_answer_is_understood_in_every_usual_form(
    tracking: Tracking, tmp_path: Path, answer: Callable[[pd.DataFrame], object]
) -> None:
    model = tracking.outside(saved(tmp_path, answer))
    assert model.predict(ROWS).tolist() == [0.4, 0.3, 0.2, 0.1]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda rows: ["good"] * len(rows), "one PD a row"),
        (lambda rows: [0.1], "one PD a row"),
        (lambda rows: pd.DataFrame({"a": rows["debt"], "b": rows["debt"]}), "one PD a row"),
        (lambda rows: rows["debt"] * 100, "outside 0 to 1"),
        (lambda rows: rows["debt"] * np.nan, "outside 0 to 1"),
        (lambda rows: (rows["debt"] > 2).astype(int), "says classes and no PDs"),
        (lambda rows: pd.DataFrame({"a": ["x"] * 4, "b": ["y"] * 4}), "one PD a row"),
        (lambda rows: rows["nothing"], "fails on these rows: KeyError"),
        (lambda rows: sys.exit(3), "fails on these rows: SystemExit"),
    ],
)
def test_what_is_no_pd_is_refused(
    tracking: Tracking, tmp_path: Path, answer: Callable[[pd.DataFrame], object], said: str
) -> None:
    model = tracking.outside(saved(tmp_path, answer))
    with pytest.raises(TrackingError, match=said):
        model.predict(ROWS)


def test_a_model_of_scikit_learn_is_judged_by_its_probabilities(
    tracking: Tracking, tmp_path: Path
) -> None:
    fitted = LogisticRegression().fit(ROWS, Y)
    with quiet():
        import mlflow

        mlflow.sklearn.save_model(
            fitted,
            tmp_path / "model",
            pyfunc_predict_fn="predict_proba",
            signature=mlflow.models.infer_signature(ROWS),
        )
    model = tracking.outside((tmp_path / "model").as_uri())
    assert model.columns == ("income", "debt")
    more = ROWS.assign(other="x")
    assert model.predict(more) == pytest.approx(fitted.predict_proba(ROWS)[:, 1])
    with pytest.raises(TrackingError, match="asks for debt"):
        model.predict(ROWS[["income"]])


def test_what_a_model_prints_is_not_said_on_stdout(
    tracking: Tracking, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def answer(rows: pd.DataFrame) -> object:
        print("loading the scorer of the other house")
        return rows["debt"] / 10

    tracking.outside(saved(tmp_path, answer)).predict(ROWS)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("description", "said"),
    [
        ("{{{: nope", "ParserError"),
        ("[1, 2]", "TypeError"),
        ("flavors: {python_function: {loader_module: nowhere.at.all}}", "No module named"),
    ],
)
def test_a_model_that_cannot_be_loaded_is_named_with_what_to_do(
    tracking: Tracking, tmp_path: Path, description: str, said: str
) -> None:
    address = saved(tmp_path, lambda rows: rows["debt"] / 10)
    (tmp_path / "model" / "MLmodel").write_text(description)
    with pytest.raises(TrackingError, match=f"(?s){address} cannot be loaded.*{said}.*; install"):
        tracking.outside(address)


@pytest.mark.parametrize("line", ["raise RuntimeError('x')", "{}['a']", "exit(4)", "open('/no')"])
def test_a_model_whose_own_code_fails_while_it_is_loaded_is_named(
    tracking: Tracking, tmp_path: Path, line: str
) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "MLmodel").write_text("flavors: {python_function: {loader_module: at_load}}")
    (folder / "at_load.py").write_text(f"def _load_pyfunc(path):\n    {line}\n")
    sys.modules.pop("at_load", None)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        with pytest.raises(TrackingError, match="cannot be loaded"):
            tracking.outside(folder.as_uri())


def test_the_digest_follows_the_files(tracking: Tracking, tmp_path: Path) -> None:
    address = saved(tmp_path, lambda rows: rows["debt"] / 10)
    first = tracking.outside(address).digest
    assert tracking.outside(address).digest == first
    (tmp_path / "model" / "note.txt").write_text("changed")
    assert tracking.outside(address).digest != first


@pytest.mark.parametrize("address", ["models:/nobody/1", "runs:/00/model", "file:///nowhere"])
def test_a_model_that_is_not_there_is_said_to_be_missing(tracking: Tracking, address: str) -> None:
    with pytest.raises(TrackingError):
        tracking.outside(address)
