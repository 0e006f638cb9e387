"""Documents cut into text and marks."""

from hypothesis import given
from hypothesis import strategies as st

from pipelines.review.case.documents import Marked, Marks, Span, Token, tokens
from risk.casefile import CaseFile
from risk.reasoning.narrative import Evidence

TEXT = "abcdefghijklmnopqrst"


def made(text: str, *spans: tuple[int, int]) -> list[Token]:
    marks = [
        Marked(f"m{n}", Span("notes", *span), "cited")
        for n, span in enumerate(dict.fromkeys(spans))
    ]
    return list(tokens(text, marks))


def written(found: list[Token]) -> str:
    forms = {"open": "<{}>", "close": "</{}>", "text": "{}"}
    return "".join(forms[t.kind].format(t.text if t.kind == "text" else t.name) for t in found)


def test_a_span_is_one_mark() -> None:
    assert written(made("abcdef", (1, 3))) == "a<m0>bc</m0>def"


def test_spans_that_lie_in_each_other_nest() -> None:
    assert written(made("abcdef", (0, 5), (1, 3))) == "<m0>a<m1>bc</m1>de</m0>f"


def test_of_spans_that_cross_the_later_one_goes_on_in_a_second_mark() -> None:
    found = made("abcdef", (0, 4), (2, 6))
    assert written(found) == "<m0>ab<m1>cd</m1></m0><m1-2>ef</m1-2>"
    assert [t.last for t in found if t.kind == "close"] == [False, True, True]


spans = st.tuples(st.integers(0, 19), st.integers(1, 20)).filter(lambda span: span[0] < span[1])


@given(st.lists(spans, max_size=8))
def test_the_text_is_whole_the_marks_nest_and_each_holds_its_span(
    wanted: list[tuple[int, int]],
) -> None:
    found = made(TEXT, *wanted)
    assert "".join(token.text for token in found if token.kind == "text") == TEXT
    opened: list[str] = []
    held: dict[str, str] = {f"m{n}": "" for n in range(len(set(wanted)))}
    seen: list[str] = []
    for token in found:
        if token.kind == "open":
            opened.append(token.name)
            seen.append(token.name)
        elif token.kind == "close":
            assert opened.pop() == token.name
        else:
            for name in {each.split("-")[0] for each in opened}:
                held[name] += token.text
    assert not opened
    assert len(set(seen)) == len(seen)
    assert list(held.values()) == [TEXT[start:end] for start, end in dict.fromkeys(wanted)]


def test_only_passages_that_are_there_are_marked() -> None:
    marks = Marks(CaseFile(application_id="a", facts=(), documents={"notes": "one two"}))
    assert marks.add(Span("notes", 0, 3), "cited") == "place-1"
    assert marks.add(Span("notes", 0, 3), "suspect") == "place-1"
    assert marks.text_of("place-1") == "one"
    for span in (Span("notes", 0, 8), Span("notes", -1, 3), Span("notes", 3, 3), Span("x", 0, 1)):
        assert marks.add(span, "cited") is None
    assert marks.of(Evidence(fact="F1", field="notes", document="notes")) is None
    assert [each.name for each in marks.in_("notes")] == ["place-1"]
