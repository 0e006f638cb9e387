import json
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.intake import check
from pipelines.errors import TrackingError
from pipelines.tracking import StoredModel, Tracking, tracking_uri
from risk.errors import ModelError
from risk.model import PDModel
from risk.scoring import Scorer
from tests.pipelines.command import risk, surroundings
from tests.pipelines.conftest import Bank
from tests.pipelines.tracking.serving import free_port, server

ELSEWHERE = """
import importlib.abc, json, sys, warnings
warnings.simplefilter("ignore")

class NoCheckout(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "pipelines":
            raise ModuleNotFoundError(name)
        return None

# Neither the checkout nor an editable installation of it may be found.
sys.meta_path[:] = [NoCheckout(), *(f for f in sys.meta_path if "editable" not in repr(f).lower())]
sys.path[:] = [p for p in sys.path if p and "__editable__" not in p]
for name in ("features", "risk"):
    try:
        __import__(name)
    except ModuleNotFoundError:
        continue
    raise SystemExit(f"{name} is visible from {sys.modules[name].__file__}")

import mlflow, pandas as pd
store, night, answers = sys.argv[1:]
mlflow.set_tracking_uri(store)
model = mlflow.pyfunc.load_model("models:/small@champion")
import features, risk

frame = pd.read_parquet(night)
model.predict(frame).to_parquet(answers)
mixed = frame.head(4).astype({"term_months": "int64", "loan_amount": "int64"})
mixed["monthly_income"] = None
broken = frame.head(3).astype({"monthly_income": object})
broken.loc[broken.index[1], "monthly_income"] = "much"
told = {
    "code": [features.__file__, risk.__file__],
    "inputs": model.metadata.signature.inputs.input_names(),
    "outputs": model.metadata.signature.outputs.input_names(),
    "example": list(model.input_example.columns),
    "mixed": model.predict(mixed)["pd"].tolist(),
    "text": model.predict(frame.head(4).astype(str))["error"].tolist(),
    "broken": model.predict(broken).to_dict("records"),
}
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def stored(bank: Bank) -> StoredModel:
    return bank.champion()


@pytest.fixture(scope="module")
def night(bank: Bank) -> pd.DataFrame:
    """Tonight's applications, numbers as numbers, only what the model reads."""
    model = PDModel.load(bank.champion().path)
    frame = pd.read_csv(bank.tonight)
    return frame[list(model.dictionary.columns_to_score())]


@pytest.fixture(scope="module")
def expected(bank: Bank, stored: StoredModel, night: pd.DataFrame) -> pd.DataFrame:
    """The same applications scored by our own job's code."""
    model = PDModel.load(stored.path, stored.digest)
    config = bank.config
    scorer = Scorer(model, config.policy, reasons_for="all", count=config.reasons.count)
    return scorer.score(check(night, model.dictionary).accepted)


@pytest.fixture(scope="module")
def elsewhere(
    bank: Bank, night: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, list[object]], pd.DataFrame]:
    """What a process with MLflow alone gets from the registered model."""
    folder = tmp_path_factory.mktemp("elsewhere")
    night.to_parquet(folder / "night.parquet")
    arguments = [tracking_uri(bank.config.tracking), "night.parquet", "answers.parquet"]
    variables = {k: v for k, v in surroundings().items() if k != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-I", "-c", ELSEWHERE, *arguments],
        cwd=folder,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert {p.name for p in folder.iterdir()} == {"night.parquet", "answers.parquet"}
    return json.loads(done.stdout), pd.read_parquet(folder / "answers.parquet")


Elsewhere = tuple[dict[str, list[object]], pd.DataFrame]


def test_mlflow_alone_gives_the_same_scores_bit_by_bit(
    elsewhere: Elsewhere, expected: pd.DataFrame
) -> None:
    _, answers = elsewhere
    assert np.array_equal(answers["pd"].to_numpy(), expected["pd"].to_numpy())
    assert np.array_equal(answers["points"].to_numpy(), expected["points"].to_numpy())
    for column in ("grade", "decision", "reason_1", "reason_2", "reason_3", "reason_4"):
        assert answers[column].tolist() == expected[column].tolist()
    assert set(answers["error"]) == {""}


def test_mlflow_alone_runs_the_code_that_lies_beside_the_model(
    elsewhere: Elsewhere, bank: Bank
) -> None:
    told, _ = elsewhere
    for place in told["code"]:
        assert Path(str(place)).is_relative_to(Path(bank.config.tracking) / "artifacts")


def test_the_served_model_names_its_columns_and_shows_an_example(
    elsewhere: Elsewhere, night: pd.DataFrame
) -> None:
    told, _ = elsewhere
    assert told["inputs"] == told["example"] == list(night.columns)
    assert told["outputs"][:4] == ["pd", "points", "grade", "decision"]
    assert told["outputs"][-1] == "error"


def test_whole_numbers_text_and_gaps_are_taken_as_they_come(elsewhere: Elsewhere) -> None:
    told, _ = elsewhere
    assert all(isinstance(value, float) for value in told["mixed"])
    assert told["text"] == [""] * 4


def test_a_broken_row_is_named_and_the_others_are_scored(
    elsewhere: Elsewhere, expected: pd.DataFrame
) -> None:
    first, broken, last = elsewhere[0]["broken"]
    assert broken["error"] == "monthly_income: not-a-number"  # type: ignore[index]
    assert {v for k, v in broken.items() if k != "error"} == {None}  # type: ignore[attr-defined]
    assert [first["pd"], last["pd"]] == expected["pd"].iloc[[0, 2]].tolist()  # type: ignore[index]


def post(address: str, body: object) -> object:
    request = urllib.request.Request(  # noqa: S310
        address, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310

        def refuse(word: str) -> float:
            raise AssertionError(f"{word} is no JSON")

        return json.loads(answer.read(), parse_constant=refuse)["predictions"]


@pytest.mark.skipif(sys.platform == "win32", reason="process groups differ")
def test_mlflow_serves_the_same_answers_over_http(
    bank: Bank, night: pd.DataFrame, expected: pd.DataFrame, tmp_path: Path
) -> None:
    port = free_port()
    command = [sys.executable, "-m", "mlflow", "models", "serve", "-m", "models:/small@champion"]
    command += ["--env-manager", "local", "--host", "127.0.0.1", "--port", str(port)]
    address = f"http://127.0.0.1:{port}"
    store = tracking_uri(bank.config.tracking)
    rows = json.loads(night.head(3).to_json(orient="split", index=False, double_precision=15))
    with server(command, tmp_path, f"{address}/ping", MLFLOW_TRACKING_URI=store):
        whole = post(f"{address}/invocations", {"dataframe_split": rows})
        rows["data"][1][rows["columns"].index("monthly_income")] = "much"
        broken = post(f"{address}/invocations", {"dataframe_split": rows})
    assert isinstance(whole, list)
    assert isinstance(broken, list)
    assert [row["pd"] for row in whole] == expected["pd"].head(3).tolist()
    assert [row["reason_1"] for row in whole] == expected["reason_1"].head(3).tolist()
    assert broken[1]["pd"] is None
    assert broken[1]["error"] == "monthly_income: not-a-number"
    assert broken[2] == whole[2]


@contextmanager
def damaged(path: Path) -> Iterator[None]:
    whole = path.read_bytes()
    middle = len(whole) // 2
    path.write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])
    try:
        yield
    finally:
        path.write_bytes(whole)


def test_a_damaged_model_is_refused_by_every_reader(
    bank: Bank, stored: StoredModel, tmp_path: Path
) -> None:
    import mlflow

    words = ["-i", str(bank.tonight), "-o", str(tmp_path / "out")]
    with damaged(stored.path / "booster.txt"):
        with pytest.raises(ModelError, match=r"booster\.txt"):
            PDModel.load(stored.path, stored.digest)
        with pytest.raises(ModelError, match=r"booster\.txt"):
            mlflow.pyfunc.load_model(str(stored.path.parents[1]))
        done = risk("score", *words, "-c", str(bank.folder / "risk.toml"), cwd=tmp_path)
    assert done.returncode == 40
    assert "booster.txt" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_no_pickle_is_anywhere_in_the_store(bank: Bank) -> None:
    files = [p for p in Path(bank.config.tracking).rglob("*") if p.is_file()]
    assert len(files) > 20
    for path in files:
        assert path.suffix not in {".pkl", ".pickle", ".joblib", ".cloudpickle"}, path.name
        head = path.read_bytes()[:2]
        assert not (head[:1] == b"\x80" and head[1:] in {b"\x02", b"\x03", b"\x04", b"\x05"})


def test_a_model_whose_files_are_gone_is_refused(bank: Bank, tmp_path: Path) -> None:
    models = Path(bank.config.tracking) / "artifacts" / "models"
    shutil.move(models, tmp_path / "away")
    try:
        with pytest.raises(TrackingError, match="cannot be used"):
            bank.champion()
    finally:
        shutil.move(tmp_path / "away", models)


def test_a_training_run_names_the_version_that_came_from_it(
    bank: Bank, stored: StoredModel
) -> None:
    assert Tracking(bank.config.tracking, "small").fetch("small", bank.trained.run_id) == stored


def test_a_run_that_registered_nothing_is_named(bank: Bank) -> None:
    with pytest.raises(TrackingError, match=f'training run "{"0" * 32}"'):
        Tracking(bank.config.tracking, "small").fetch("small", "0" * 32)


def test_a_model_is_found_by_the_digest_that_a_manifest_names(bank: Bank) -> None:
    tracking, champion = Tracking(bank.config.tracking, "small"), bank.champion()
    assert tracking.with_digest("small", champion.digest) == champion
    for other in ("0" * 64, "", "' or name = 'small"):
        with pytest.raises(TrackingError, match="not registered there any more"):
            tracking.with_digest("small", other)
