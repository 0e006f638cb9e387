from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from features.dictionary import DataDictionary, Role
from features.drafting.draft import draft, render
from features.encoding import encode
from features.errors import DataError
from features.intake import check
from tests.benchmarks.protocols import data_directory

ROWS = 2_000


def book() -> pd.DataFrame:
    """A typed sample with one column of every sort that a draft has to tell apart."""
    rng = np.random.default_rng(0)
    late, income = rng.poisson(0.6, ROWS), rng.lognormal(9, 0.6, ROWS).round(2)
    region = rng.choice(["north", "south", "east"], ROWS)
    bad = rng.random(ROWS) < expit(-1.6 + 0.9 * late - 0.8 * (np.log(income) - 9))
    day = [date(2023, 1, 1) + timedelta(int(d)) for d in rng.integers(0, 700, ROWS)]
    after = [d + timedelta(int(n)) for d, n in zip(day, rng.integers(30, 900, ROWS), strict=True)]
    opened = [d - timedelta(int(n)) for d, n in zip(day, rng.integers(90, 4000, ROWS), strict=True)]
    return pd.DataFrame(
        {
            "row": np.arange(ROWS),
            "application_no": [f"L{n:06d}" for n in rng.permutation(ROWS)],
            "apply_date": day,
            "late_24m": np.where(rng.random(ROWS) < 0.02, 98, late),
            "income": income,
            "income_again": income * 1.1 + 5,
            "region": region,
            "noise": rng.normal(size=ROWS),
            "first_card": opened,
            "last_seen": after,
            "written_back": np.where(bad & (rng.random(ROWS) < 0.4), 500.0, 0.0),
            "年龄": rng.integers(20, 70, ROWS),
            "性别": rng.choice(["男", "女"], ROWS),
            "mobile": [f"13{n:09d}" for n in rng.integers(0, 10**9, ROWS)],
            "employer": rng.choice([f"company {i}" for i in range(400)], ROWS),
            "reason": [f"I need {n} new sewing machines for my shop" for n in range(ROWS)],
            "branch_code": rng.choice([f"B-{i:03d}" for i in range(90)], ROWS),
            "term": rng.choice(["12个月", "24个月"], ROWS),
            "product": "cash",
            "outcome": np.where(bad, "逾期", "正常"),
        }
    )


FRAME = book()


@pytest.fixture(scope="module")
def drafted():
    return draft(FRAME, target="outcome", name="测试")


def notes_of(found, field):
    return " / ".join(note.text for note in found.notes if note.field == field)


@pytest.mark.parametrize(
    ("column", "role", "note"),
    [
        ("row", "ignored", "row number"),
        ("application_no", "id", "taken as the application id"),
        ("apply_date", "date", "taken as such"),
        ("late_24m", "feature", "98 stand far outside"),
        ("income", "feature", "risk is falling"),
        ("region", "feature", "stand in for a protected"),
        ("noise", "feature", ""),
        ("first_card", "feature", ""),
        ("last_seen", "ignored", "100% of these dates lie after"),
        ("written_back", "ignored", "alone nearly tells the outcome"),
        ("年龄", "protected", "protected attribute"),
        ("性别", "protected", "protected attribute"),
        ("mobile", "association", "personal data (mobile)"),
        ("employer", "association", "tie applications"),
        ("reason", "document", "free text"),
        ("branch_code", "ignored", "90 different values"),
        ("term", "feature", 'unit "个月"'),
        ("product", "ignored", "one value"),
        ("outcome", "target", '"逾期" means default'),
    ],
)
def test_every_sort_of_column_gets_its_role_and_note(drafted, column, role, note):
    assert drafted.dictionary[column].role == role
    assert note in notes_of(drafted, column)
    assert bool(note) == bool(notes_of(drafted, column))


def test_fields_are_described(drafted):
    found = drafted.dictionary
    assert found.name == "测试"
    assert found["outcome"].bad == ("逾期",)
    assert found["outcome"].good == ("正常",)
    assert (found["late_24m"].type, found["late_24m"].direction) == ("integer", "rising")
    assert set(found["late_24m"].special) == {"98"}
    assert (found["income"].type, found["income"].direction) == ("number", "falling")
    assert (found["income"].low, found["income"].high) == (0, None)
    assert found["noise"].low is None
    assert found["region"].levels == ("east", "north", "south")
    assert (found["mobile"].personal, found["mobile"].key) == ("mobile", "phone")
    assert found["employer"].key == "employer"
    assert found["income"].group == found["income_again"].group == "income"
    assert found.groups["income"].label.zh == "income（2 个字段）"
    assert found["noise"].direction == "none"
    # Sentences are written with it.
    assert found["income_again"].label.en == "income again"


def test_what_ties_told_is_no_key_whatever_its_name_says():
    told = FRAME.assign(tie_last_phone=FRAME["application_no"].where(FRAME.index % 3 == 0))
    found = draft(told, target="outcome").dictionary["tie_last_phone"]
    assert (found.role, found.key, found.personal) == (Role.ASSOCIATION, "", "")


@pytest.mark.parametrize(("language", "said"), [("en", "name employers"), ("zh", "工作单位名称")])
def test_of_many_names_of_employers_it_is_told_how_they_count(language, said):
    named = FRAME.rename(columns={"branch_code": "emp_title"})
    found = draft(named, target="outcome", language=language)
    assert found.dictionary["emp_title"].role == Role.IGNORED
    note = notes_of(found, "emp_title")
    assert 'key = "employer"' in note
    assert said in note


def test_no_drafted_label_keeps_an_underscore():
    names = {"outcome": "bad_flag", "income": "net_income", "income_again": "net_income_2"}
    found = draft(FRAME.rename(columns=names), target="bad_flag").dictionary
    labels = {entry.label for entry in (*found.fields, *found.groups.values())}
    assert found.groups
    assert "bad flag" in {label.zh for label in labels}
    assert not any("_" in label.zh + label.en for label in labels)


def test_a_draft_reads_the_sample_it_was_drafted_from(drafted):
    intake = check(FRAME, drafted.dictionary, purpose="train")
    assert len(intake.accepted) == ROWS
    matrix = encode(intake.accepted, drafted.dictionary)
    assert matrix.shape == (ROWS, len(drafted.dictionary.features))


def test_a_draft_survives_as_toml_in_both_languages(drafted):
    for language in ("zh", "en"):
        assert DataDictionary.parse(render(drafted.dictionary, language)) == drafted.dictionary


def test_text_as_read_from_csv_gives_the_same_draft(drafted, tmp_path):
    FRAME.to_csv(tmp_path / "sample.csv", index=False)
    frame = pd.read_csv(tmp_path / "sample.csv", dtype="str", keep_default_na=False)
    again = draft(frame, target="outcome", name="测试").dictionary
    without = {"review": ()}
    for field, typed in zip(again.fields, drafted.dictionary.fields, strict=True):
        assert field.model_copy(update=without) == typed.model_copy(update=without)


def test_notes_come_in_chinese():
    found = draft(FRAME, target="outcome", language="zh")
    assert "请务必确认" in notes_of(found, "outcome")
    assert "很可能是放款或违约之后才有的信息" in notes_of(found, "written_back")


def test_named_id_and_date_are_taken_without_a_note():
    found = draft(FRAME, target="outcome", id="mobile", date="apply_date")
    assert found.dictionary["mobile"].role == Role.ID
    assert found.dictionary["application_no"].role == Role.IGNORED
    assert notes_of(found, "apply_date") == ""


def test_without_an_application_date_dates_are_no_features():
    found = draft(FRAME.drop(columns="apply_date"), target="outcome")
    assert found.dictionary["first_card"].role == Role.IGNORED
    assert "needs the application date" in notes_of(found, "first_card")


def test_words_for_missing_join_the_missing_tokens():
    frame = FRAME.assign(income=FRAME["income"].astype(str).mask(FRAME.index % 9 == 0, "不详"))
    found = draft(frame, target="outcome")
    assert "不详" in found.dictionary.missing
    assert found.dictionary["income"].type == "number"
    assert len(check(frame, found.dictionary).accepted) == ROWS


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ({"target": "nope"}, "no column nope; it has: row, application_no"),
        ({"target": "outcome", "id": "key", "date": "when"}, "no column key, when"),
        ({"target": "product"}, "has 1 different values"),
        ({"target": "income"}, "different values"),
        ({"target": "outcome", "id": "outcome"}, "must be different columns"),
        ({"target": "outcome", "date": "region"}, "cannot be read as dates"),
    ],
)
def test_what_cannot_be_drafted_is_refused(named, message):
    with pytest.raises(DataError, match=message):
        draft(FRAME, **named)


def test_columns_that_stand_twice_and_samples_without_features_are_refused():
    twice = pd.concat([FRAME, FRAME["income"]], axis=1)
    with pytest.raises(DataError, match=r"column\(s\) income stand twice"):
        draft(twice, target="outcome")
    with pytest.raises(DataError, match='no field has role "feature"'):
        draft(FRAME[["row", "outcome"]], target="outcome")
    with pytest.raises(DataError, match="different values"):
        draft(FRAME.head(0), target="outcome")


@pytest.mark.parametrize("name", ['a"b', "a\nb", "a.b", "😀", "", "[x]", "a'b"])
def test_hostile_column_names_survive(name):
    frame = FRAME[["income", "outcome"]].rename(columns={"income": name})
    found = draft(frame, target="outcome").dictionary
    assert DataDictionary.parse(render(found)) == found


# Real samples, where they have been fetched; the folder is not part of the repository.
DATA = data_directory()


def real(name: str, target: str, **named: str):
    path = DATA / f"{name}.parquet"
    if not path.exists():
        pytest.skip(f"{path} is absent; set MINGJIAN_DATA to the folder of the public datasets")
    frame = pd.read_parquet(path)
    found = draft(frame, target=target, **named).dictionary
    assert len(check(frame, found, purpose="train").rejected) == 0
    return found


def names(found: DataDictionary, *roles: Role) -> set[str]:
    return {field.name for field in found.with_role(*roles)}


def directed(found: DataDictionary) -> dict[str, str]:
    return {f.name: f.direction for f in found.features if f.direction != "none"}


def test_real_sample_of_accounts_with_codes():
    found = real("gmsc", "SeriousDlqin2yrs")
    assert names(found, Role.IGNORED) == {"Unnamed: 0"}
    assert names(found, Role.PROTECTED) == {"age"}
    coded = [f.name for f in found.fields if set(f.special) == {"96", "98"}]
    assert len(coded) == 3
    assert directed(found) == {
        **dict.fromkeys(coded, "rising"),
        "RevolvingUtilizationOfUnsecuredLines": "rising",
        "NumberOfDependents": "rising",
        "MonthlyIncome": "falling",
    }


def test_real_sample_of_card_holders():
    found = real("taiwan_default", "default payment next month")
    assert found.id is not None
    assert names(found, Role.PROTECTED) == {"SEX", "MARRIAGE", "AGE"}
    assert not names(found, Role.IGNORED)
    assert all(f.special == {} for f in found.fields)
    expected = {f"PAY_{i}": "rising" for i in (0, 2, 3, 4, 5, 6)}
    expected |= {f"PAY_AMT{i}": "falling" for i in range(1, 7)} | {"LIMIT_BAL": "falling"}
    assert directed(found) == expected
    assert {f.name for f in found.fields if f.group == "BILL_AMT"} == {
        f"BILL_AMT{i}" for i in range(1, 7)
    }


@pytest.mark.parametrize(
    ("name", "target", "bad", "protected"),
    [
        ("german_credit", "class", "2", {"personal_status", "age", "foreign_worker"}),
        ("south_german_credit", "kredit", "0", {"famges", "alter", "gastarb"}),
    ],
)
def test_real_samples_of_a_thousand_rows(name, target, bad, protected):
    found = real(name, target)
    assert found[target].bad == (bad,)
    assert names(found, Role.PROTECTED) == protected
    assert not names(found, Role.IGNORED)
    assert directed(found)["duration" if name == "german_credit" else "laufzeit"] == "rising"


AFTER = {
    *("total_pymnt", "total_pymnt_inv", "total_rec_prncp", "total_rec_int", "total_rec_late_fee"),
    *("recoveries", "collection_recovery_fee", "last_pymnt_d", "last_pymnt_amnt", "out_prncp"),
    *("last_credit_pull_d", "debt_settlement_flag", "settlement_status", "settlement_amount"),
    *("out_prncp_inv", "debt_settlement_flag_date", "settlement_date", "settlement_percentage"),
    *("settlement_term", "funded_amnt", "funded_amnt_inv", "hardship_flag"),
}
GENUINE = {
    *("loan_amnt", "term", "int_rate", "installment", "grade", "sub_grade", "emp_length"),
    *("home_ownership", "annual_inc", "verification_status", "purpose", "addr_state", "dti"),
    *("delinq_2yrs", "earliest_cr_line", "inq_last_6mths", "mths_since_last_delinq", "open_acc"),
    *("mths_since_last_record", "pub_rec", "revol_bal", "revol_util", "total_acc", "tax_liens"),
    *("pub_rec_bankruptcies",),
}


@pytest.mark.parametrize("named", [{"date": "issue_d"}, {}])
def test_real_sample_with_columns_from_after_the_outcome(named):
    found = real("lendingclub_2007_2011h1", "loan_status", **named)
    assert names(found, Role.IGNORED) >= AFTER
    assert names(found, Role.FEATURE) == GENUINE
    assert names(found, Role.DOCUMENT) == {"desc"}
    assert found.date is not None
    assert len(found["loan_status"].bad) == len(found["loan_status"].good) == 2
