"""Forms of labels and values by turns: no label is a value, and no value is another field's."""

from collections.abc import Mapping, Sequence
from typing import Literal, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.dictionary import DataDictionary
from features.language import LANGUAGES
from features.synthetic import make_book
from pipelines.intake.fields import FieldReading, Reading, Source
from pipelines.intake.labels import known_labels
from pipelines.intake.rules import PaperRules, readable
from pipelines.papers.readers import Readers
from tests.pipelines.intake.given import DICTIONARY, RULES, said
from tests.pipelines.papers.test_office import word, workbook

Form = Literal["docx", "xlsx", "tabs", "pipes", "spaces", "colons"]
Pair = tuple[str, str]
Found = Mapping[str, Reading]

FORMS = get_args(Form)
BOOK = make_book(1).dictionary
MORE_LABELS = PaperRules.model_validate(
    RULES.model_dump() | {"fields": {"employer": {"labels": ["任职机构"]}}}
)


def paper(form: Form, rows: Sequence[Sequence[Pair]]) -> str:
    """The text of a form with so many pairs of label and value a row."""
    cells = [tuple(text for pair in row for text in pair) for row in rows]
    if form == "docx":
        wide = max(map(len, cells))
        return _read(
            "a.docx", word("贷款申请表", rows=tuple((*c, *[""] * (wide - len(c))) for c in cells))
        )
    if form == "xlsx":
        return _read("a.xlsx", workbook(Sheet1=[["贷款申请表"], *([*row] for row in cells)]))
    if form == "colons":
        return "\n".join("    ".join(f"{a}：{b}" for a, b in row) for row in rows)
    between = {"tabs": "\t", "pipes": " | ", "spaces": "    "}[form]
    return "\n".join(between.join(row) for row in cells)


def _read(name: str, data: bytes) -> str:
    return Readers([name])(name, data).text


def taken(text: str, dictionary: DataDictionary = BOOK, rules: PaperRules = RULES) -> Found:
    readings = FieldReading(dictionary, rules).read([Source("a", "form", text)])
    return {reading.field.name: reading for reading in readings}


@pytest.mark.parametrize("form", FORMS)
def test_a_form_with_two_pairs_a_row_is_read_across(form: Form) -> None:
    own = {
        "applicant_name": "赵一", "employer": "海纳商贸", "phone": "13800138000",
        "address": "长沙市芙蓉区一号",
    }  # fmt: skip
    for language in LANGUAGES:
        pairs = [(BOOK[name].label.in_(language), value) for name, value in own.items()]
        found = taken(paper(form, [pairs[:2], pairs[2:]]))
        assert {name: r.value for name, r in found.items() if r.state == "exact"} == own
        assert {r.state for r in found.values()} == {"exact", "missing"}


def test_a_table_that_can_be_read_across_and_down_settles_no_words() -> None:
    found = said("工作单位\t海纳\t申请编号\tB1\t月收入\t8000\n民族\t汉\t职务\t经理\t级别\t甲")
    assert (found["employer"].state, found["employer"].value) == ("conflict", "")
    assert [each.value for each in found["employer"].found] == ["海纳", "民族"]
    assert found["application_id"].state == "conflict"
    found = said("工作单位\t性质\t月收入\t职务\n海纳\t私营\t8000\t经理")
    assert (found["employer"].state, found["income"].state) == ("conflict", "exact")
    assert [each.value for each in found["employer"].found] == ["性质", "海纳"]


def test_titles_that_stand_beside_each_other_head_columns() -> None:
    found = said("工作单位\t性别\t月收入\t备注\n海纳\t男\t8000\t无")
    assert (found["employer"].state, found["employer"].value) == ("exact", "海纳")


@pytest.mark.parametrize("other", ["备注", "无", "11010519491231002X"])
def test_what_may_be_personal_is_told_however_the_table_is_read(other: str) -> None:
    reading = FieldReading(DICTIONARY, RULES)
    source = Source("a", "form", f"手机号码\t身份证号\t月收入\n138-OO13\t{other}\t8000")
    told = reading.personal([source], reading.read([source]))
    assert "138-OO13" in told["phone"]
    assert not {"月收入", "备注"} & {word for words in told.values() for word in words}


@pytest.mark.parametrize(
    "text",
    [
        "工作单位\t性别\t手机号码\t13800138000", "工作单位：性别", "工作单位\t性 别",
        "工作单位\t任职机构", "工作单位\t职务：\t经理", "工作单位\t2. 性别（男）",
        "工作单位\t月收入\n性别\t8000", "工作单位    手机号码    13800138000", "工作单位\tburden",
        "工作单位：\t职务：",
    ],
)  # fmt: skip
def test_a_label_is_no_value(text: str) -> None:
    assert taken(text, DICTIONARY, MORE_LABELS)["employer"].state == "missing"


def test_a_level_that_is_called_as_a_label_is_a_value_after_its_own_colon() -> None:
    dictionary = DataDictionary.parse("""
name = "levels"
[fields.purpose]
role = "feature"
type = "category"
levels = ["education", "car"]
label = "loan purpose"
[fields.degree]
role = "ignored"
label = "education"
""")
    found = taken("loan purpose: education", dictionary)
    assert (found["purpose"].state, found["purpose"].value) == ("exact", "education")
    assert found["degree"].state == "missing"


LABELS = {field.name: field.label for field in readable(BOOK)}
KNOWN = known_labels(BOOK, {})
LETTERS = st.sampled_from("赵海纳长沙市芙蓉区年月元万号0123456789abcXYZ-，。、 （）")
USUAL = ("8,000元", "13800138000", "自有", "2026-03-05", "长期", "李 四", "住址不详")
VALUES = (
    (st.text(LETTERS, min_size=1, max_size=12) | st.sampled_from(USUAL))
    .map(lambda text: " ".join(text.split()))
    .filter(lambda text: not KNOWN.is_label(text))
)


@st.composite
def forms(draw: st.DrawFn) -> tuple[str, dict[str, str]]:
    """A form's text, and the words that stand behind each label."""
    names = draw(st.lists(st.sampled_from(sorted(LABELS)), min_size=1, max_size=12, unique=True))
    language = draw(st.sampled_from(LANGUAGES))
    own = {name: draw(VALUES) for name in names}
    pairs = [(LABELS[name].in_(language), own[name]) for name in names]
    wide = draw(st.integers(1, 4))
    rows = [pairs[at : at + wide] for at in range(0, len(pairs), wide)]
    form: Form = draw(st.sampled_from(FORMS))
    return paper(form, rows), own


@settings(max_examples=150, deadline=None)
@given(forms())
def test_a_form_never_gives_a_label_or_the_value_of_another_field(
    form: tuple[str, dict[str, str]],
) -> None:
    text, own = form
    for name, reading in taken(text).items():
        for found in reading.found:
            assert not KNOWN.is_label(found.text)
            if found.confidence == "exact":
                assert found.text in own.get(name, "")
