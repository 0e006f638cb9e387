import hashlib
import json
import pickle
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.dictionary import DataDictionary
from features.encoding import FloatArray
from risk import booster_text
from risk.errors import ModelError
from risk.model import PDModel
from risk.model_files import BASELINE, CARD, CHARACTERISTICS, FILES, INTERVAL, LATER
from risk.model_parts import Parts, read_facts
from risk.scorecard import Scaling
from risk.training import train
from risk.training_spec import TrainingSpec
from risk.uncertainty import PdInterval

DICTIONARY = DataDictionary.parse("""
[groups.late]
label = "late payments"

[fields.income]
role = "feature"
type = "number"
direction = "falling"
[fields.late_30]
role = "feature"
type = "integer"
direction = "rising"
group = "late"
[fields."90 days late"]
role = "feature"
type = "integer"
direction = "rising"
group = "late"
[fields."用途"]
role = "feature"
type = "category"
levels = ["car", "house", "other", "study"]
[fields.months]
role = "feature"
type = "number"
[fields.sex]
role = "protected"
type = "category"
levels = ["f", "m"]
""")
WIDTH = 5
MONOTONE = ((0, -1), (1, 1), (2, 1))


def _rows(rows: int, seed: int) -> tuple[FloatArray, FloatArray]:
    rng = np.random.default_rng(seed)
    x = np.empty((rows, WIDTH), order="F")
    x[:, 0] = rng.lognormal(9, 0.6, rows).round()
    x[:, 1] = rng.poisson(0.7, rows)
    x[:, 2] = rng.poisson(0.2, rows)
    x[:, 3] = rng.integers(0, 4, rows)
    x[:, 4] = rng.normal(24, 12, rows)
    # `months` and the purpose are never missing here: a later missing value has no precedent.
    x[:, :3][rng.random((rows, 3)) < 0.1] = np.nan
    known = np.nan_to_num(x, nan=1.0)
    log_odds = 7 - 1.1 * np.log(known[:, 0] + 9) + 0.7 * known[:, 1] + 1.2 * known[:, 2]
    log_odds += np.array([0.0, 0.8, -0.4, 0.3])[x[:, 3].astype(int)] + 0.4 * np.sin(x[:, 4] / 6)
    return x, (rng.random(rows) < 1 / (1 + np.exp(-log_odds))).astype(np.float64)


@pytest.fixture(scope="module")
def model() -> PDModel:
    spec = TrainingSpec(threads=1, max_rounds=60, references=150, approve_below=0.1)
    (x, y), (x_val, y_val) = _rows(2000, 0), _rows(800, 1)
    fitted = train(x, y, x_val, y_val, DICTIONARY, spec, Scaling())
    return fitted.model.with_interval(*_rows(900, 2))


@pytest.fixture(scope="module")
def saved(model: PDModel, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    directory = tmp_path_factory.mktemp("models") / "model"
    return directory, model.save(directory)


@pytest.fixture
def copy(saved: tuple[Path, str], tmp_path: Path) -> Path:
    shutil.copytree(saved[0], tmp_path / "copy")
    return tmp_path / "copy"


def _cells() -> st.SearchStrategy[float]:
    return st.one_of(
        st.just(float("nan")),
        st.integers(-2, 40).map(float),
        st.floats(-1e9, 1e9),
        st.sampled_from([0.0, -0.0, 1e-36, 1e-35, -1e-35, 1e299, -1e299]),
    )


ROWS = st.lists(st.lists(_cells(), min_size=WIDTH, max_size=WIDTH), min_size=1, max_size=5)


def _odd_rows(model: PDModel) -> FloatArray:
    """Rows at every threshold exactly and beside it, beyond every range, missing in every place."""
    x, _ = _rows(40, 7)
    text = model._parts.booster
    parsed = booster_text._parse(text)
    at = [
        (int(column), float(value))
        for tree in parsed.trees[:15]
        for column, value in zip(
            tree["split_feature"].split(), tree["threshold"].split(), strict=True
        )
    ]
    rows = []
    for place, (column, value) in enumerate(at):
        for number in (value, np.nextafter(value, -np.inf), np.nextafter(value, np.inf)):
            row = x[place % 40].copy()
            row[column] = number
            rows.append(row)
    rows.extend(np.full(WIDTH, number) for number in (np.nan, 0.0, -1.0, 1e12, -1e12, 1e-36))
    for column in range(WIDTH):
        row = x[column].copy()
        row[column] = np.nan
        rows.append(row)
    return np.array(rows)


@settings(max_examples=60)
@given(ROWS)
def test_pd_is_a_probability_for_any_row(model: PDModel, rows: list[list[float]]) -> None:
    pd_ = model.predict(np.array(rows))
    assert ((pd_ > 0) & (pd_ < 1)).all()


@settings(max_examples=60)
@given(ROWS, st.sampled_from(MONOTONE), st.lists(st.floats(-1e9, 1e9), min_size=2, max_size=30))
def test_pd_never_falls_as_a_field_moves_in_its_risky_direction(
    model: PDModel, rows: list[list[float]], field: tuple[int, int], grid: list[float]
) -> None:
    column, sign = field
    values = np.unique([*grid, *range(-1, 12)])[::sign]
    for row in rows:
        x = np.tile(row, (len(values), 1))
        x[:, column] = values
        assert (np.diff(model.predict(x)) >= 0).all()


@pytest.mark.parametrize(("column", "sign"), MONOTONE)
def test_contributions_never_fall_as_a_field_moves_in_its_risky_direction(
    model: PDModel, column: int, sign: int
) -> None:
    rows, _ = _rows(25, 11)
    grid = np.unique(model.quantiles[column, ::10])[::sign]
    x = np.repeat(rows, len(grid), axis=0)
    x[:, column] = np.tile(grid, len(rows))
    found = model.contributions(x)[:, column].reshape(len(rows), len(grid))
    assert (np.diff(found, axis=1) >= -1e-6).all()


def test_contributions_add_up_for_ordinary_rows(model: PDModel) -> None:
    x, _ = _rows(300, 3)
    assert model.base + model.contributions(x).sum(axis=1) == pytest.approx(model.raw(x), abs=1e-6)


def test_contributions_add_up_at_thresholds_beyond_ranges_and_where_missing(
    model: PDModel,
) -> None:
    x = _odd_rows(model)
    assert model.base + model.contributions(x).sum(axis=1) == pytest.approx(model.raw(x), abs=1e-6)


@settings(max_examples=25)
@given(ROWS)
def test_contributions_add_up_for_any_row(model: PDModel, rows: list[list[float]]) -> None:
    x = np.array(rows)
    assert model.base + model.contributions(x).sum(axis=1) == pytest.approx(model.raw(x), abs=1e-6)


def test_contributions_are_shapley_values_by_definition(model: PDModel) -> None:
    """Averages over all orders of the fields and all reference rows, one row, by brute force."""
    from itertools import combinations
    from math import comb

    row = _rows(30, 5)[0][4]
    others = range(WIDTH)
    worth = {}
    for size in range(WIDTH + 1):
        for kept in combinations(others, size):
            mixed = model.reference.copy()
            mixed[:, list(kept)] = row[list(kept)]
            worth[kept] = model.raw(mixed).mean()
    for column in others:
        value = sum(
            (worth[tuple(sorted((*kept, column)))] - worth[kept])
            / (WIDTH * comb(WIDTH - 1, len(kept)))
            for kept in worth
            if column not in kept
        )
        assert model.contributions(row[None])[0, column] == pytest.approx(value, abs=1e-6)


def test_a_value_missing_for_the_first_time_goes_with_the_most_rows(model: PDModel) -> None:
    x, _ = _rows(200, 9)
    without = x.copy()
    without[:, 4] = np.nan
    as_zero = x.copy()
    as_zero[:, 4] = 0.0
    assert (model.raw(without) != model.raw(as_zero)).any()


def test_predictions_are_the_same_bits_in_any_batch_and_layout(model: PDModel) -> None:
    x, _ = _rows(333, 4)
    whole = model.predict(x)
    assert (
        np.array([model.predict(x[i : i + 1])[0] for i in range(len(x))]).tolist() == whole.tolist()
    )
    assert (
        np.concatenate([model.predict(each) for each in np.array_split(x, 7)]).tolist()
        == whole.tolist()
    )
    assert model.predict(np.ascontiguousarray(x)).tolist() == whole.tolist()
    parts = [model.contributions(each) for each in np.array_split(x[:40], 3)]
    assert np.concatenate(parts).tolist() == model.contributions(x[:40]).tolist()


def test_no_rows_give_no_predictions(model: PDModel) -> None:
    assert model.predict(np.empty((0, WIDTH))).shape == (0,)
    assert model.contributions(np.empty((0, WIDTH))).shape == (0, WIDTH)


@pytest.mark.parametrize(
    "x", [np.zeros((3, 4)), np.zeros(5), np.zeros((3, 5), dtype=np.float32)], ids=str
)
def test_a_matrix_of_another_form_is_refused(model: PDModel, x: FloatArray) -> None:
    with pytest.raises(ModelError, match="reads float64 rows of 5 columns"):
        model.raw(x)


def test_saving_and_loading_return_the_same_model(model: PDModel, saved: tuple[Path, str]) -> None:
    x = np.vstack([_rows(300, 6)[0], _odd_rows(model)])
    for digest in (saved[1], None):
        loaded = PDModel.load(saved[0], digest, threads=1)
        assert loaded.predict(x).tolist() == model.predict(x).tolist()
        assert loaded.base == model.base
        assert loaded.dictionary == model.dictionary
        assert loaded.calibration == model.calibration
        assert loaded.scaling == model.scaling
        np.testing.assert_array_equal(loaded.reference, model.reference)
        np.testing.assert_array_equal(loaded.quantiles, model.quantiles)
    assert loaded.contributions(x[:9]).tolist() == model.contributions(x[:9]).tolist()


def test_saving_again_gives_the_same_digest(
    model: PDModel, saved: tuple[Path, str], tmp_path: Path
) -> None:
    assert PDModel.load(*saved).save(tmp_path / "again") == saved[1]


def test_a_saved_model_is_never_overwritten(model: PDModel, saved: tuple[Path, str]) -> None:
    with pytest.raises(ModelError, match="name a new directory"):
        model.save(saved[0])
    assert [each.name for each in saved[0].parent.iterdir()] == ["model"]


@pytest.mark.parametrize("name", [*FILES, *LATER, CARD])
@pytest.mark.parametrize("damage", ["truncate", "flip", "empty", "remove"])
def test_a_damaged_file_is_refused(
    saved: tuple[Path, str], copy: Path, name: str, damage: str
) -> None:
    for data in _damaged((copy / name).read_bytes(), damage):
        if data is None:
            (copy / name).unlink()
        else:
            (copy / name).write_bytes(data)
        with pytest.raises(ModelError):
            PDModel.load(copy, saved[1])


def _damaged(data: bytes, damage: str) -> Iterator[bytes | None]:
    if damage in ("empty", "remove"):
        yield b"" if damage == "empty" else None
        return
    for place in np.linspace(0, len(data) - 1, 15).astype(int):
        if damage == "truncate":
            yield data[:place]
        else:
            yield data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def _repin(directory: Path, name: str, data: bytes) -> None:
    """Write a changed file, and its digest into model.json, as someone with write access could."""
    (directory / name).write_bytes(data)
    card = json.loads((directory / CARD).read_text("utf-8"))
    card["files"][name] = hashlib.sha256(data).hexdigest()
    (directory / CARD).write_text(json.dumps(card), "utf-8")


@pytest.mark.parametrize("name", [*FILES, *LATER])
def test_a_damaged_file_under_a_forged_digest_never_ends_the_process(
    model: PDModel, copy: Path, name: str
) -> None:
    x, _ = _rows(50, 1)
    data = (copy / name).read_bytes()
    for damage in ("truncate", "flip"):
        for changed in _damaged(data, damage):
            assert changed is not None
            _repin(copy, name, changed)
            try:
                loaded = PDModel.load(copy, hashlib.sha256((copy / CARD).read_bytes()).hexdigest())
            except ModelError:
                continue
            # A digit inside a number still makes a model, which only its own digest can tell, and
            # so does a dictionary without its last lines.
            assert damage == "flip" or name == "dictionary.toml"
            assert np.isfinite(loaded.predict(x)).all()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("left_child=1 ", "left_child=0 "),
        ("left_child=1 ", "left_child=999 "),
        ("split_feature=", "split_feature=99 "),
        ("num_class=1", "num_class=3"),
        ("is_linear=0", "is_linear=1"),
        ("num_cat=0", "num_cat=1"),
        ("monotone_constraints=-1", "monotone_constraints=1"),
        ("objective=binary sigmoid:1", "objective=regression"),
        ("feature_names=f0 f1", "feature_names=f1 f0"),
        ("leaf_value=", "leaf_value=nan "),
        ("Tree=1\n", "Tree=7\n"),
        ("version=v4", "version=v9"),
    ],
)
def test_a_booster_of_another_structure_is_refused(copy: Path, old: str, new: str) -> None:
    text = (copy / "booster.txt").read_text("utf-8")
    assert old in text
    _repin(copy, "booster.txt", text.replace(old, new, 1).encode())
    with pytest.raises(ModelError, match=r"booster\.txt"):
        PDModel.load(copy, hashlib.sha256((copy / CARD).read_bytes()).hexdigest())


def test_an_unpinned_damaged_model_is_refused_by_the_trial(copy: Path) -> None:
    text = (copy / "booster.txt").read_bytes()
    _repin(copy, "booster.txt", text[: len(text) // 2])
    with pytest.raises(ModelError, match="cut short"):
        PDModel.load(copy)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("format", 2, "has format 2"),
        ("format", "x", "format"),
        ("base", 9.0, "own reference set"),
        ("columns", ["income"], "are not the features"),
        ("files", {"../booster.txt": "0" * 64}, "must list exactly"),
        ("extra", 1, "unknown key"),
        ("calibration", {"method": "platt", "slope": -1}, "calibration"),
    ],
)
def test_a_changed_card_is_refused(copy: Path, key: str, value: object, said: str) -> None:
    card = json.loads((copy / CARD).read_text("utf-8"))
    (copy / CARD).write_text(json.dumps({**card, key: value}), "utf-8")
    with pytest.raises(ModelError, match=said):
        PDModel.load(copy, hashlib.sha256((copy / CARD).read_bytes()).hexdigest())


@pytest.mark.parametrize("name", [*FILES, *LATER, CARD])
def test_a_link_is_refused(saved: tuple[Path, str], copy: Path, name: str) -> None:
    (copy / name).unlink()
    (copy / name).symlink_to(saved[0] / name)
    with pytest.raises(ModelError, match="not a plain file"):
        PDModel.load(copy, saved[1])


@pytest.mark.parametrize("gone", [[INTERVAL], [CHARACTERISTICS, INTERVAL], list(LATER)])
def test_a_model_of_an_earlier_version_loads_without_what_it_did_not_keep(
    model: PDModel, copy: Path, gone: list[str]
) -> None:
    card = json.loads((copy / CARD).read_text("utf-8"))
    for name in gone:
        (copy / name).unlink()
        del card["files"][name]
    (copy / CARD).write_text(json.dumps(card), "utf-8")
    old = PDModel.load(copy, hashlib.sha256((copy / CARD).read_bytes()).hexdigest())
    assert old.interval is None
    assert (old.characteristics is None) == (CHARACTERISTICS in gone)
    assert (old.baseline is None) == (BASELINE in gone)
    x, _ = _rows(50, 1)
    assert old.predict(x).tolist() == model.predict(x).tolist()


def test_characteristics_come_back_as_they_were_saved(
    model: PDModel, saved: tuple[Path, str]
) -> None:
    assert PDModel.load(*saved).characteristics == model.characteristics
    assert pickle.loads(pickle.dumps(model)).characteristics == model.characteristics  # noqa: S301


def test_the_interval_is_read_back_without_the_model(
    model: PDModel, saved: tuple[Path, str]
) -> None:
    assert model.interval is not None
    facts = read_facts(*saved)
    assert facts.interval == PDModel.load(*saved).interval == model.interval
    assert (facts.calibration, facts.scaling) == (model.calibration, model.scaling)
    assert pickle.loads(pickle.dumps(model)).interval == model.interval  # noqa: S301
    code = (
        "import sys; from pathlib import Path; from risk.model_parts import read_facts\n"
        "assert read_facts(Path(sys.argv[1]), sys.argv[2]).interval is not None\n"
        "assert 'lightgbm' not in sys.modules\n"
    )
    command = [sys.executable, "-c", code, str(saved[0]), saved[1]]
    subprocess.run(command, check=True)


def test_the_interval_changes_no_score_and_holds_for_the_pds_it_was_fitted_on(
    model: PDModel,
) -> None:
    x, y = _rows(900, 2)
    again = model.with_interval(x, y)
    assert again.predict(x).tolist() == model.predict(x).tolist()
    assert again.interval == PdInterval.of(model.predict(x), y)
    assert again.interval is not None
    low, high = again.interval.apply(model.predict(x))
    assert ((low <= high) & (low >= 0) & (high <= 1)).all()


def test_a_changed_interval_is_refused(copy: Path, saved: tuple[Path, str]) -> None:
    (copy / INTERVAL).write_text("{}", "utf-8")
    for read in (PDModel.load, read_facts):
        with pytest.raises(ModelError, match="was changed after"):
            read(copy, saved[1])


def test_predictions_change_at_thresholds_and_nowhere_else(model: PDModel) -> None:
    row, _ = _rows(1, 3)
    for column, known in enumerate(model.thresholds):
        assert (np.diff(known) > 0).all()
        just_above, on_the_next = np.nextafter(known[:-1], np.inf), known[1:]
        x = np.repeat(row, 2 * len(just_above), axis=0)
        x[:, column] = np.concatenate([just_above, on_the_next])
        above, on = np.split(model.raw(x), 2)
        assert above.tolist() == on.tolist()


def test_characteristics_of_other_columns_are_refused(model: PDModel) -> None:
    known = model.characteristics
    assert known is not None
    with pytest.raises(ModelError, match="those of the features"):
        PDModel(replace(model._parts, characteristics=known[::-1]))


def test_another_dictionary_is_refused(copy: Path) -> None:
    text = (copy / "dictionary.toml").read_text("utf-8").replace("late_30", "late_60")
    _repin(copy, "dictionary.toml", text.encode())
    with pytest.raises(ModelError, match="model's columns"):
        PDModel.load(copy, hashlib.sha256((copy / CARD).read_bytes()).hexdigest())


@pytest.mark.parametrize(
    ("reference", "quantiles"),
    [
        (np.zeros((0, 5)), np.zeros((5, 101))),
        (np.zeros((3, 4)), np.zeros((5, 101))),
        (np.full((3, 5), np.inf), np.zeros((5, 101))),
        (np.zeros((3, 5)), np.zeros((5, 100))),
    ],
)
def test_tables_that_do_not_fit_are_refused(
    model: PDModel, reference: FloatArray, quantiles: FloatArray
) -> None:
    old = model._parts
    parts = Parts(old.booster, DICTIONARY, old.calibration, old.scaling, reference, quantiles)
    with pytest.raises(ModelError):
        PDModel(parts)
