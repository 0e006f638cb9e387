"""The light part of the benchmark: dictionaries, and the smallest data set's figure."""

import pandas as pd
import pytest

from features.dictionary import Field, Role
from features.encoding import directions
from tests.benchmarks.figures import markdown, measure
from tests.benchmarks.protocols import FILES, Demands, absent, dictionary_of, path_of, protocols

SOUTH_GERMAN = next(one for one in protocols() if one.name == "south_german")
# How each part of a formula moves its result, where that is one way for all values in range.
MOVES = {"sum": (1, 1), "max": (1, 1), "min": (1, 1), "difference": (1, -1), "ratio": (1, -1)}


@pytest.mark.parametrize("name", sorted(FILES))
def test_dictionary_describes_columns_of_the_data(name: str) -> None:
    dictionary = dictionary_of(name)
    assert dictionary.target is not None
    assert any(directions(dictionary))
    if not path_of(name).exists():
        pytest.skip(f"no {FILES[name]}; set MINGJIAN_DATA to its folder")
    columns = set(pd.read_parquet(path_of(name)).columns)
    assert {f.name for f in dictionary.fields if f.formula is None} <= columns


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_derived_field_never_undermines_a_promise(name: str) -> None:
    dictionary = dictionary_of(name)
    sign = dict(zip((f.name for f in dictionary.features), directions(dictionary), strict=True))
    for derived in (f for f in dictionary.features if f.formula):
        for part, move in _parts(derived):
            promised = sign.get(part, 0)
            assert not promised or promised == move * sign[derived.name], derived.name


@pytest.mark.parametrize(
    ("name", "protected"),
    [
        ("taiwan", {"SEX", "EDUCATION", "MARRIAGE", "AGE"}),
        ("south_german", {"famges", "alter", "gastarb"}),
    ],
)
def test_protected_fields_stay_out(name: str, protected: set[str]) -> None:
    assert {f.name for f in dictionary_of(name).with_role(Role.PROTECTED)} == protected


def test_absent_data_are_said_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINGJIAN_DATA", "nowhere")
    message = absent([SOUTH_GERMAN])
    assert message.startswith("no south_german_credit.parquet in nowhere")


def test_demands_are_said_in_words() -> None:
    assert Demands(auc=0.7, level=(0.95, 1.05)).text() == "AUC ≥ 0.7, O/E 0.95 to 1.05"


def test_south_german_reaches_its_figure() -> None:
    if not path_of("south_german").exists():
        pytest.skip("no south_german_credit.parquet; set MINGJIAN_DATA to its folder")
    figure = measure(SOUTH_GERMAN)
    assert figure.met, figure.measured
    assert "South German" in list(markdown([figure]))[2]


def _parts(derived: Field) -> list[tuple[str, int]]:
    if derived.formula is None:
        return []
    first, rest = MOVES[derived.formula.op]
    names = derived.formula.of
    return [(names[0], first), *((name, rest) for name in names[1:])]
