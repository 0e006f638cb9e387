from dataclasses import replace

from features.dictionary import DataDictionary
from risk.report import identity
from risk.report.evidence import Pair
from tests.risk.report.scene import evidence, pair


def test_everything_that_names_a_run_is_told() -> None:
    known = replace(evidence(), identity={"model": "small v1", "trees": "60"})
    table = identity.validated(known).tables[0]
    assert table.rows == (("identity.model", "small v1"), ("identity.trees", "60"))


def test_only_what_differs_is_shown_and_the_rest_counted() -> None:
    section = identity.compared(pair())
    assert section.tables[0].rows == (("model", "digest-0", "digest-1"), ("seed", "0", "1"))
    values = section.remarks[0].values
    assert values["different"] == 2
    assert int(str(values["all"])) > 100


def test_a_changed_field_of_the_dictionary_is_named() -> None:
    known = evidence()
    raw = known.dictionary.model_dump(mode="json")
    place = [f["name"] for f in raw["fields"]].index("monthly_income")
    raw["fields"][place]["high"] = 1.0e9
    other = replace(known, dictionary=DataDictionary.model_validate(raw))
    (row,) = identity.compared(Pair(known, other)).tables[0].rows
    assert row[0] == "dictionary.monthly_income.high"
    assert row[2] == "1000000000.0"


def test_two_runs_of_the_same_say_so() -> None:
    section = identity.compared(Pair(evidence(), evidence()))
    assert section.tables == ()
    assert section.remarks[0].key == "same"
