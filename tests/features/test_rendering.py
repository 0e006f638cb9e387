import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from features.dictionary import DataDictionary, Field, Formula, Group, Role
from features.language import Text
from features.rendering import render

NAMES = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.sampled_from(
        ['a"b', "a'b", "a\nb", "a.b", "[x]", "", " ", "年收入", "😀", "\\", '"""', "#", "\x00"]
    ),
)
TEXTS = st.one_of(NAMES.map(lambda s: Text(zh=s, en=s)), st.builds(Text, zh=NAMES, en=NAMES))
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)


@st.composite
def fields(draw, name: str, groups: list[str]) -> Field:
    kind = draw(st.sampled_from(["number", "integer", "category", "date", "text"]))
    plain = [Role.DOCUMENT, Role.ASSOCIATION, Role.IGNORED, Role.PROTECTED]
    levels = draw(st.lists(NAMES, max_size=4, unique=True))
    fit = kind in ("number", "integer") or (kind == "category" and levels)
    codes = NUMBERS.map(repr) if kind in ("number", "integer") else NAMES
    bounds = sorted(draw(st.lists(NUMBERS, min_size=2, max_size=2)))
    role = draw(st.sampled_from([*plain, Role.FEATURE] if fit else plain))
    movable = fit and role in (Role.FEATURE, Role.IGNORED)
    return Field(
        name=name,
        role=role,
        changeable=draw(st.sampled_from(["", "rise", "fall", "any"])) if movable else "",
        type=kind,
        label=draw(TEXTS),
        unit=draw(NAMES),
        low=draw(st.sampled_from([None, bounds[0]])),
        high=draw(st.sampled_from([None, bounds[1]])),
        levels=tuple(levels),
        level_labels={level: draw(TEXTS) for level in levels if draw(st.booleans())},
        special=draw(st.dictionaries(codes, TEXTS, max_size=3)),
        direction=draw(st.sampled_from(["rising", "falling", "none"])),
        reason=draw(st.none() | TEXTS),
        group=draw(st.sampled_from(["", *groups])),
        required=draw(st.booleans()),
        unseen=draw(st.sampled_from(["reject", "missing"])),
        personal=draw(st.sampled_from(["", "name", "card"])),
        review=tuple(draw(st.lists(NAMES, max_size=3))),
    )


@st.composite
def dictionaries(draw) -> DataDictionary:
    groups = draw(
        st.dictionaries(NAMES, st.builds(Group, label=TEXTS, reason=st.none() | TEXTS), max_size=2)
    )
    names = draw(st.lists(NAMES, min_size=1, max_size=5, unique=True))
    columns = [draw(fields(name, [g for g in groups if g])) for name in names]
    number = {"label": Text(zh="x", en="x"), "type": "number"}
    formula = Formula(op="sum", of=("\t1", "\t1"))
    extra = [
        Field(name="\t1", role=Role.FEATURE, **number),
        Field(name="\t2", role=Role.FEATURE, formula=formula, **number),
        Field(name="\t3", role=Role.TARGET, label="x", bad=("坏", "1"), good=("0",)),
    ]
    return DataDictionary(
        name=draw(NAMES),
        currency=draw(NAMES),
        missing=tuple(draw(st.lists(NAMES, max_size=3))),
        groups=groups,
        fields=(*columns, *extra),
    )


@given(dictionaries(), st.sampled_from(["zh", "en"]))
@settings(max_examples=80, suppress_health_check=list(HealthCheck))
def test_what_is_rendered_parses_to_the_same_dictionary(dictionary, language):
    assert DataDictionary.parse(render(dictionary, language)) == dictionary


def test_defaults_are_left_out_and_notes_stand_a_line_each():
    field = Field(name="年 收入", role="feature", type="number", label="x", review=("a", "b"))
    text = render(DataDictionary(fields=(field,)), "zh")
    assert '[fields."年 收入"]\nrole = "feature"\ntype = "number"\nlabel = "x"\nreview = [' in text
    assert '    "a",\n    "b",\n' in text
    assert "direction =" not in text
    assert not text.startswith("# ")
    assert render(DataDictionary(fields=(field,)), "zh", drafted=True).startswith("# ")


def test_a_dictionary_that_does_not_hold_together_is_refused_before_rendering():
    with pytest.raises(ValidationError, match="no field has role"):
        DataDictionary(fields=())
