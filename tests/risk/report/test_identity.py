from dataclasses import replace

from features.dictionary import DataDictionary
from features.language import Text
from risk.report import identity
from risk.report.evidence import Evidence, Pair
from tests.risk.report.scene import evidence, pair


def test_everything_that_names_a_run_is_told() -> None:
    known = replace(evidence(), identity={"model": "small v1", "trees": "60"})
    table = identity.validated(known).tables[0]
    assert table.rows == (("identity.model", "small v1"), ("identity.trees", "60"))


def test_only_what_differs_is_shown_and_the_rest_counted() -> None:
    section = identity.compared(pair())
    model = Text("模型", "model")
    assert section.tables[0].rows == ((model, "digest-0", "digest-1"), ("seed", "0", "1"))
    values = section.remarks[0].values
    assert values["different"] == 2
    assert int(str(values["all"])) > 100


def changed(known: Evidence, name: str, **said: object) -> Evidence:
    raw = known.dictionary.model_dump(mode="json")
    place = [f["name"] for f in raw["fields"]].index(name)
    raw["fields"][place].update(said)
    return replace(known, dictionary=DataDictionary.model_validate(raw))


def test_a_changed_field_of_the_dictionary_is_named() -> None:
    other = changed(evidence(), "monthly_income", high=1.0e9)
    (row,) = identity.compared(Pair(evidence(), other)).tables[0].rows
    assert row[0] == Text(
        "数据字典：月收入（monthly_income），high",
        "dictionary: monthly income (monthly_income), high",
    )
    assert row[2] == "1000000000.0"


def test_what_only_one_side_has_is_left_open_on_the_other() -> None:
    other = changed(evidence(), "monthly_income", reason={"zh": "收入", "en": "income"})
    ours = changed(evidence(), "monthly_income", reason=None)
    (row,) = identity.compared(Pair(ours, other)).tables[0].rows
    assert row[1:] == (None, Text("收入", "income"))


def test_no_form_of_a_program_is_shown_to_a_person() -> None:
    plain = changed(evidence(), "monthly_income", special={}, required=False, high=None)
    codes = {"-9": {"zh": "未知", "en": "not known"}, "-8": {"zh": "拒答", "en": "refused"}}
    other = changed(plain, "monthly_income", special=codes, required=True)
    rows = identity.compared(Pair(plain, other)).tables[0].rows
    told = {str(row[0].en).rpartition(" ")[2]: row[2] for row in rows if isinstance(row[0], Text)}
    assert told["required"] == Text("是", "yes")
    assert told["special"] == Text("-9 = 未知; -8 = 拒答", "-9 = not known; -8 = refused")


def test_settings_and_parameters_say_where_they_stand() -> None:
    ours = replace(evidence(), params={"config.policy.approve": "0.1", "param.seed": "0"})
    other = replace(evidence(), params={"config.policy.approve": "0.2", "param.seed": "1"})
    rows = identity.compared(Pair(ours, other)).tables[0].rows
    assert [row[0] for row in rows] == [
        Text("risk.toml：policy.approve", "risk.toml: policy.approve"),
        Text("训练参数：seed", "training parameter: seed"),
    ]


def test_two_runs_of_the_same_say_so() -> None:
    section = identity.compared(Pair(evidence(), evidence()))
    assert section.tables == ()
    assert section.remarks[0].key == "same"
