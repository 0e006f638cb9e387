"""Sentences made of the forms are read as what they say; nothing else is read at all."""

import re
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.language import LANGUAGES, Language
from risk.reasoning.claims import ClaimKind
from risk.reasoning.clauses import listed, read

KINDS = {
    "score": ClaimKind.SCORE_DRIVER,
    "document": ClaimKind.DOCUMENT,
    "contradiction": ClaimKind.CONTRADICTION,
    "association": ClaimKind.ASSOCIATION,
    "missing": ClaimKind.MISSING_INFORMATION,
}
IDS = {letter: f"F{number}" for number, letter in enumerate("VXYSADMNOK", 1)} | {"Q": "Q1"}
CHOICE = re.compile(r"\(([^()]*)\)|\[([^\[\]()]*)\]")


def told(language: Language) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """The words and the forms, read back from what the prompt says."""
    head, *groups = listed(language).split("\n\n[")
    words = {n: w.split(" | ") for n, w in (line.split(": ", 1) for line in head.splitlines())}
    lines = (group.splitlines() for group in groups)
    return words, {g[0].rstrip("]"): [form.removeprefix("- ") for form in g[1:]] for g in lines}


def made(form: str, words: dict[str, list[str]], chance: Random) -> str:
    """A clause of a form, with choices, words and slots filled in."""

    def chosen(match: re.Match[str]) -> str:
        if match[1] is not None:
            return chance.choice(match[1].split("|"))
        return chance.choice(["", match[2]])

    while CHOICE.search(form):
        form = CHOICE.sub(chosen, form, count=1)
    form = re.sub("<([a-z]+)>", lambda m: chance.choice(words[m[1]]), form)
    return re.sub(r"\{([A-Z])", lambda m: "{" + IDS[m[1]], form)


@given(
    st.sampled_from(LANGUAGES), st.sampled_from(sorted(KINDS)), st.randoms(use_true_random=False)
)
def test_every_sentence_made_of_the_forms_is_read(
    language: Language, group: str, chance: Random
) -> None:
    words, forms = told(language)
    chosen = [made(chance.choice(forms[group]), words, chance) for _ in range(3)]
    lead = chance.choice(words["lead"])
    comma, stop = ("，", "。") if language == "zh" else (", ", ".")
    sentence = lead + comma + comma.join(chosen) + stop
    clauses, strange = read(sentence, KINDS[group], language)
    assert strange == ""
    assert len(clauses) == 3
    said = [f"F{n}" for n in re.findall(r"\{F(\d+)", sentence)]
    assert {name for c in clauses for name in c.slots.values()} - {"Q1"} == set(said)


@given(
    st.sampled_from(LANGUAGES), st.sampled_from(sorted(KINDS)), st.randoms(use_true_random=False)
)
def test_a_word_more_in_a_sentence_is_never_read(
    language: Language, group: str, chance: Random
) -> None:
    words, forms = told(language)
    clause = made(chance.choice(forms[group]), words, chance)
    more = chance.choice(["并未", "担保人", "据称", "几乎", "某"] if language == "zh"
                         else ["hardly ", "allegedly ", "surety ", "x "])  # fmt: skip
    places = [0, len(clause), *(m.end() for m in re.finditer("}", clause))]
    place = chance.choice(places)
    changed = f"{clause[:place]}{more}{clause[place:]}"
    assert read(changed, KINDS[group], language)[1]


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("zh", "{F1.label}为{F2}。"),
        ("zh", "{F1.label}并未推高风险。"),
        ("zh", "{F1.label}推高风险，真的。"),
        ("zh", "。"),
        ("zh", "此外。"),
        ("en", "{F1.label} is {F2}."),
        ("en", "{F1.label} does not raise the risk."),
        ("en", "However."),
        ("en", ""),
    ],
)
def test_what_is_of_no_form_is_named(language: Language, sentence: str) -> None:
    assert read(sentence, ClaimKind.SCORE_DRIVER, language)[1] or not sentence


def test_words_carry_their_meaning() -> None:
    clauses, _ = read("{F1.label}偏短，但{F4.label}推高风险。", ClaimKind.COUNTER, "zh")
    assert [clause.words for clause in clauses] == [{"level": "low"}, {"moves": "raises"}]
    clauses, _ = read("The {F4.label} lowers the risk.", ClaimKind.COUNTER, "en")
    assert clauses[0].words == {"moves": "lowers"}
