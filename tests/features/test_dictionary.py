"""The data dictionary: what it accepts, how it refuses, and when its digest changes."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from features.dictionary import DataDictionary, Field, Role
from features.errors import DataError
from features.language import Text

TEXT = """
name = "cards"
currency = "CNY"

[groups.delay]
label = { zh = "逾期", en = "delays" }

[fields.loan]
role = "id"

[fields.applied]
role = "date"
type = "date"

[fields.income]
role = "feature"
type = "number"
low = 0
direction = "falling"

[fields.late]
role = "feature"
type = "integer"
group = "delay"
special = { "96" = "unknown" }

[fields.burden]
role = "feature"
type = "number"
formula = { op = "ratio", of = ["debt", "income"] }

[fields.debt]
role = "ignored"
type = "number"

[fields.sex]
role = "protected"
type = "category"
levels = ["F", "M"]

[fields.outcome]
role = "target"
bad = [1]
good = [0]
"""


def parse(*changes: tuple[str, str]) -> DataDictionary:
    text = TEXT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return DataDictionary.parse(text, "cards.toml")


def test_roles_are_found() -> None:
    dictionary = parse()
    assert [f.name for f in dictionary.features] == ["income", "late", "burden"]
    assert [f.name for f in dictionary.protected] == ["sex"]
    assert dictionary.id == dictionary["loan"]
    assert dictionary.date == dictionary["applied"]
    assert dictionary.target is not None
    assert dictionary.target.bad == ("1",)


def test_columns_to_score_hold_the_parts_of_formulas_and_no_outcome() -> None:
    assert parse().columns_to_score() == ("loan", "applied", "income", "late", "debt")
    assert parse().columns_to_train() == ("loan", "applied", "income", "late", "debt", "outcome")


def test_a_label_defaults_to_the_name_and_a_string_serves_both_languages() -> None:
    assert parse()["income"].label == Text(zh="income", en="income")
    assert parse()["late"].special["96"] == Text(zh="unknown", en="unknown")


def test_an_absent_field_is_named() -> None:
    with pytest.raises(DataError, match='no field "wealth"'):
        parse()["wealth"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("low = 0", "lowest = 0", 'unknown key "fields.income.lowest"; correct its spelling'),
        ("[groups.delay]", "[groups.delay]\nname = 1", 'unknown key "groups.delay.name"'),
        ('name = "cards"', 'title = "cards"', 'unknown key "title"; correct its spelling or'),
        ("low = 0", 'name = "wage"', 'unknown key "fields.income.name"; the table is the name'),
        ("low = 0", 'low = "none"', "fields.income.low: Input should be a valid number"),
        ("low = 0", "low = nan", "fields.income.low: Input should be a finite number"),
        ("low = 0", "low = 2\nhigh = 1", "fields.income: low 2 is above high 1"),
        ('role = "id"', 'role = "key"', "fields.loan.role: Input should be 'id'"),
        ('role = "ignored"', "", "fields.debt.role: Field required"),
        ("bad = [1]", "bad = []", 'fields.outcome: the target needs "bad" and "good"'),
        ("bad = [1]", "bad = [0]", "fields.outcome: a target value is both bad and good"),
        ('"96"', '"often"', 'fields.late: special code "often" of a number must be a number'),
        ('"96"', '"nan"', 'fields.late: special code "nan" of a number must be a number'),
        ('["F", "M"]', '["F", "F"]', "fields.sex: a level stands twice"),
        ('group = "delay"', 'group = "wait"', r'late: group "wait" has no \[groups\] entry'),
        ('role = "ignored"', 'role = "id"', 'only one field may have role "id", not loan, debt'),
        ('of = ["debt"', 'of = ["sex"', 'burden: formula needs "sex" as a plain numeric field'),
        ('of = ["debt"', 'of = ["debt", "late"', "fields.burden.formula: .*takes exactly two"),
        ('of = ["debt"', 'of = ["burden"', 'formula needs "burden" as a plain numeric field'),
        (
            '[fields.debt]\nrole = "ignored"',
            '[fields.debt]\nrole = "protected"',
            r'burden: formula may not use "debt" \(protected\)',
        ),
        ('zh = "逾期", en = "delays"', 'zh = "逾期"', "groups.delay.label.en: Field required"),
        (
            "[fields.sex]",
            '[fields.x]\nrole = "feature"\n[fields.sex]',
            "fields.x: text cannot be a",
        ),
        ("[fields.sex]", "[fields.application_id]", "application_id: this name is kept for"),
        ('role = "date"', 'role = "feature"', "applied: a date feature needs a field with role"),
        ("[fields.loan]", "[fields.loan", "is not valid TOML: .*line"),
    ],
)
def test_errors_name_file_place_and_mend(old: str, new: str, message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        parse((old, new))
    assert str(caught.value).startswith("cards.toml")


def test_more_than_one_error_is_counted() -> None:
    with pytest.raises(DataError, match=r"\(and 1 more\)$"):
        parse(("low = 0", "lowest = 0"), ('role = "id"', 'role = "key"'))


@pytest.mark.parametrize("text", ["", "fields = 1", "[fields]\nincome = 1"])
def test_a_file_without_fields_says_how_to_draft_one(text: str) -> None:
    with pytest.raises(DataError, match=r"no \[fields.NAME\] tables; `risk init` drafts them"):
        DataDictionary.parse(text)


@pytest.mark.parametrize(
    "body",
    [
        'role = "feature"\ntype = "category"',
        'role = "feature"\ntype = "text"',
        'role = "ignored"',
        'role = "feature"\ntype = "integer"\nformula = { op = "sum", of = ["a", "b"] }',
    ],
)
def test_a_dictionary_without_a_usable_feature_is_refused(body: str) -> None:
    with pytest.raises(DataError, match=r"levels|text cannot be|no field has role|formula is a"):
        DataDictionary.parse(f"[fields.x]\n{body}")


def test_two_fields_of_one_name_are_refused() -> None:
    field = Field(name="x", role=Role.FEATURE, type="number", label=Text(zh="x", en="x"))
    with pytest.raises(ValidationError, match="two fields have the same name"):
        DataDictionary(fields=(field, field))


def test_a_file_is_read_with_or_without_a_byte_order_mark(tmp_path: Path) -> None:
    for encoding in ("utf-8", "utf-8-sig"):
        (tmp_path / "cards.toml").write_text(TEXT, encoding)
        assert DataDictionary.read(tmp_path / "cards.toml") == parse()


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "gbk.toml").write_bytes('name = "信用卡"'.encode("gbk"))
    for name in ("absent.toml", "gbk.toml"):
        with pytest.raises(DataError, match=f"{name} cannot be read as UTF-8 text"):
            DataDictionary.read(tmp_path / name)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("low = 0", "low = 1"),
        ("low = 0", ""),
        ('"falling"', '"rising"'),
        ('["F", "M"]', '["M", "F"]'),
        ('"96" = "unknown"', '"96" = "refused"'),
        ('en = "delays"', 'en = "delay"'),
        ("bad = [1]", "bad = [1, 2]"),
        ('op = "ratio"', 'op = "difference"'),
        ("[fields.sex]", "[fields.gender]"),
        ('role = "protected"', 'role = "ignored"'),
        ('name = "cards"', 'name = "loans"'),
        ('currency = "CNY"', 'missing = ["-"]'),
    ],
)
def test_the_digest_changes_with_the_meaning(old: str, new: str) -> None:
    assert parse((old, new)).digest() != parse().digest()


def test_the_digest_changes_with_the_order_of_fields() -> None:
    dictionary = parse()
    turned = dictionary.model_copy(update={"fields": dictionary.fields[::-1]})
    assert turned.digest() != dictionary.digest()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("low = 0", 'low = 0\nreview = ["is 0 income or missing?"]'),
        ("low = 0", "low = 0.0 # yuan"),
        ("low = 0", 'low = 0\nlabel = "income"\nrequired = false'),
        ("bad = [1]", 'bad = ["1"]'),
        ("low = 0", 'low = 0\nchangeable = "rise"'),
    ],
)
def test_the_digest_does_not_change_with_notes_or_notation(old: str, new: str) -> None:
    assert parse((old, new)).digest() == parse().digest()


@pytest.mark.parametrize(
    "old",
    ['role = "id"', 'type = "date"', 'role = "protected"', "bad = [1]", "formula ="],
)
def test_only_plain_fields_of_the_form_are_changeable(old: str) -> None:
    with pytest.raises(DataError, match='"changeable" is for numbers and categories'):
        parse((old, f'changeable = "any"\n{old}'))


def test_what_a_formula_is_made_of_may_be_changeable() -> None:
    changed = parse(('role = "ignored"', 'role = "ignored"\nchangeable = "fall"'))
    assert changed["debt"].changeable == "fall"


def test_a_label_for_an_unknown_level_is_refused() -> None:
    text = """
    [fields.home]
    role = "feature"
    type = "category"
    levels = ["own", "rent"]
    level_labels = { ownn = "自有" }
    """
    with pytest.raises(DataError, match=r"fields\.home: level_labels names ownn"):
        DataDictionary.parse(text)
