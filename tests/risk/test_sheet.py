from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.sheet import (
    Block,
    Grid,
    Heading,
    Pairs,
    Paragraph,
    Points,
    Sheet,
    to_html,
    to_markdown,
    to_text,
)

HOSTILE = '<script>alert("1")</script> | **bold** [a](javascript:x) \u202egnp\u200b & `code`'
PLAIN = '<script>alert("1")</script> | **bold** [a](javascript:x) gnp & `code`'


class Read(HTMLParser):
    """The tags of a page, and the text of its body."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.said: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(" ".join([tag, *(f"{name}={value}" for name, value in attrs)]))

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def sheet(text: str) -> Sheet:
    blocks: tuple[Block, ...] = (
        Heading(text),
        Points((text, text), numbered=True),
        Points((text,)),
        Pairs(((text, text),)),
        Grid((text, "b"), ((text, "2"), ("3", text))),
    )
    return Sheet(text, "en", blocks, head=(text, "Street 1"))


@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=80))
def test_no_text_becomes_a_tag_or_moves_one(text: str) -> None:
    assert Read(to_html(sheet(text))).tags == Read(to_html(sheet("x"))).tags


def test_a_page_says_what_was_said_and_nothing_runs_in_it() -> None:
    page = to_html(sheet(HOSTILE))
    assert Read(page).said.count(PLAIN) == 12  # the title of the window too
    assert "default-src 'none'" in page
    assert "<script" not in page
    assert "\u202e" not in page


@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=80))
def test_no_text_adds_a_row_or_a_cell_to_a_markdown_table(text: str) -> None:
    said = to_markdown(Sheet("t", "en", (Grid(("a", "b"), ((text, "2"), ("3", text))),)))
    rows = [line for line in said.splitlines() if line.startswith("|")]
    assert len(rows) == 4
    assert len(said.splitlines()) == 6
    for row in rows:
        assert row.replace("\\\\", "").replace("\\|", "").count("|") == 3


def test_markdown_holds_no_markup_of_its_texts() -> None:
    said = to_markdown(Sheet("t", "en", (Paragraph(f"# no heading\n1. no list\n{HOSTILE}"),)))
    assert "\\# no heading" in said
    assert "1\\. no list" in said
    assert "<script" not in said
    assert "\\[a\\](javascript:x)" in said
    assert "\\*\\*bold" in said


def test_lines_of_a_paragraph_stay_apart() -> None:
    made = Sheet("t", "en", (Paragraph("Review\n\nTelephone 1\u2028Box 2"),))
    assert to_text(made) == "t\n\nReview\nTelephone 1\nBox 2\n"
    assert "Review  \nTelephone 1  \nBox 2" in to_markdown(made)
    assert "<p>Review<br>Telephone 1<br>Box 2</p>" in to_html(made)


def test_no_value_can_forge_a_line_of_a_letter() -> None:
    text = to_text(Sheet("t", "en", (Pairs((("Application", "1\r\nApproved: yes"),)),)))
    assert text == "t\n\nApplication: 1 Approved: yes\n"


@pytest.mark.parametrize(("language", "said"), [("zh", "日期：1"), ("en", "日期: 1")])
def test_a_letter_has_the_signs_of_its_language(language: str, said: str) -> None:
    made = Sheet("t", language, (Pairs((("日期", "1"),)), Heading("原因")))  # type: ignore[arg-type]
    assert said in to_text(made)
    assert "原因\n----" in to_text(made)
    assert f'lang="{"zh-CN" if language == "zh" else "en"}"' in to_html(made)


def test_a_table_has_its_head_on_every_page_and_a_short_one_is_kept_together() -> None:
    short, long = (Grid(("a",), tuple((str(n),) for n in range(rows))) for rows in (3, 30))
    page = to_html(Sheet("t", "en", (short, long)))
    assert page.count('<table class="short">') == 1
    assert page.count("<thead>") == 2
