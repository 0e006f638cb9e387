"""Gaps between cells: where they are put, and that nothing but white space ever changes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.papers.gaps import BLANK, GAP, Run, with_gaps


def run(text: str, start: float, end: float, level: float = 700) -> Run:
    return Run(text, start, end, level, 10)


def shown(text: str, *runs: Run) -> str:
    return with_gaps(text, runs).replace(BLANK, "||").replace(GAP, "|")


TABLE = (run("Name", 0, 20), run("Li", 80, 90), run("Income", 0, 77, 680), run("8", 80, 85, 680))


@pytest.mark.parametrize(
    ("text", "runs", "expected"),
    [
        ("Name Li", (run("Name", 0, 20), run("Li", 28, 38)), "Name|Li"),
        ("Name Li", (run("Name", 0, 20), run("Li", 26, 36)), "Name Li"),
        ("NameLi", (run("Name", 0, 20), run("Li", 60, 70)), "Name|Li"),
        ("Name\nLi", (run("Name", 0, 20), run("Li", 60, 70)), "Name|Li"),
        ("Name\nLi", (run("Name", 0, 20), run("Li", 60, 70, 690)), "Name\nLi"),
        ("Li Name", (run("Li", 60, 70), run("Name", 0, 20)), "Li Name"),
        ("so wide", (run("so ", 0, 10), run("wide", 22, 40)), "so wide"),
        ("so  wide", (run("so", 0, 8), run(" ", 90, 92), run("wide", 22, 40)), "so  wide"),
        ("Name  Li", (run("Name ", 0, 22), run("Li", 60, 70)), "Name|Li"),
        ("Name Li\nIncome 8", TABLE, "Name|Li\nIncome|8"),
        ("Income 8", TABLE[2:], "Income 8"),
        ("Name Li", (Run("Name", 0, 0, 0, 0), Run("Li", 60, 70, 0, 0)), "Name Li"),
        ("Name Li", (run("Name", 0, 20), Run("", 0, 0, 0, 0), run("Li", 60, 70)), "Name Li"),
        ("Name of Li", (run("Name", 0, 20), run("Li", 60, 70)), "Name of Li"),
        ("", (), ""),
    ],
)  # fmt: skip
def test_a_gap_parts_cells_and_no_words(text: str, runs: tuple[Run, ...], expected: str) -> None:
    assert shown(text, *runs) == expected


def test_a_column_of_figures_is_known_by_where_they_end() -> None:
    rows = (
        *(run("a", 0, 5), run("1", 95, 100)),
        *(run("b", 0, 70, 680), run("200,000", 72, 100, 680)),
    )
    assert shown("a 1\nb 200,000", *rows) == "a|1\nb|200,000"


def test_a_cell_that_is_left_blank_is_told_by_the_rows_beside_it() -> None:
    head = (run("day", 0, 15), run("out", 50, 65), run("in", 100, 110), run("left", 150, 165))
    row = (run("1", 0, 5, 680), run("8", 100, 105, 680), run("9", 150, 155, 680))
    assert shown("day out in left\n1 8 9", *head, *row) == "day|out|in|left\n1||8|9"
    wider = run("out of all", 50, 104)
    assert shown("day out of all\n1 8 9", head[0], wider, *row) == "day|out of all\n1|8|9"


@st.composite
def pages(draw: st.DrawFn) -> tuple[str, list[Run]]:
    """Runs anywhere, and a text of theirs with any white space."""
    words = draw(st.lists(st.text("ab 月\u3000\n\t", max_size=5), max_size=12))
    number = st.integers(-40, 40).map(float)
    text = "".join(draw(st.sampled_from(["", " ", "\n", "  \n"])) + word for word in words)
    return text, [Run(w, *(draw(number) for _ in range(3)), abs(draw(number))) for w in words]


@given(pages())
def test_letters_stay_as_they_are_and_what_has_its_gaps_gets_no_more(
    page: tuple[str, list[Run]],
) -> None:
    text, runs = page
    changed = with_gaps(text, runs)
    assert "".join(changed.split()) == "".join(text.split())
    assert with_gaps(changed, runs) == changed


@given(pages(), st.text("ab 月", min_size=1))
def test_a_text_of_other_letters_is_left_alone(page: tuple[str, list[Run]], more: str) -> None:
    text, runs = page
    if more.strip():
        assert with_gaps(text + more, runs) == text + more
