import re
from collections import Counter
from html.parser import HTMLParser
from importlib import resources
from itertools import pairwise

import pytest

from features.errors import DataError
from features.language import LANGUAGES, Language, Text
from pipelines.pages.page import html, part
from risk.report.document import Figure, Report, Section
from tests.pipelines.pages.contrast import contrast
from tests.pipelines.pages.made import HOSTILE, report, roc, table

VOID = {"meta", "br", "col"}
ELEMENTS = {
    *("html", "head", "meta", "title", "style", "body", "header", "main", "nav", "section", "div"),
    *("h1", "h2", "h3", "p", "a", "span", "ol", "ul", "li", "dl", "dt", "dd", "table", "caption"),
    *("thead", "tbody", "tr", "th", "td", "details", "summary", "svg", "line", "rect", "path"),
    *("circle", "polygon", "text"),
}


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(page)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self._open:
            self.text += data

    def all(self, attribute: str) -> list[str]:
        return [given[attribute] for _, given in self.elements if attribute in given]

    def tags(self, *names: str) -> list[str]:
        return [tag for tag, _ in self.elements if tag in names]


def hostile() -> Report:
    figure = Figure(key="auc", value=0.7, subject=HOSTILE)
    names = Text(zh=HOSTILE, en=HOSTILE)
    rows = ((names, 3), (HOSTILE, 40))
    section = Section(
        key="flow",
        figures=(figure,),
        tables=(
            table().model_copy(update={"rows": rows, "lights": ("red", "red"), "subject": names}),
        ),
    )
    return report(portfolio=HOSTILE, subjects=(HOSTILE,), sections=(section,))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("made", [report(), hostile()], ids=["plain", "hostile"])
def test_a_page_holds_text_and_drawings_and_nothing_that_runs_or_is_fetched(
    made: Report, language: Language
) -> None:
    text = html(made, language)
    page = Page(text)
    assert {tag for tag, _ in page.elements} <= ELEMENTS
    assert not {"src", "style", "onload", "onclick", "srcset"} & set().union(
        *(given for _, given in page.elements)
    )
    assert all(link.startswith("#") for link in page.all("href"))
    assert set(re.findall(r"https?://[^\s\"']+", text)) <= {"http://www.w3.org/2000/svg"}
    assert not re.search(r"url\(|@import", text)
    assert page.all("content")[0].startswith("default-src 'none'")


@pytest.mark.parametrize("language", LANGUAGES)
def test_as_a_part_of_a_page_it_says_the_same_without_a_frame_or_a_style(
    language: Language,
) -> None:
    whole = Page(html(hostile(), language))
    inside = Page(str(part(hostile(), language)))
    assert " ".join(whole.text.split()).endswith(" ".join(inside.text.split()))
    framing = {"html", "head", "meta", "style", "body", "header", "main"}
    assert not framing & {tag for tag, _ in inside.elements}


def test_hostile_names_stay_text() -> None:
    page = Page(html(hostile(), "en"))
    assert page.text.count("<script>alert('x')</script> & \"{rows}\" {0}") >= 5
    assert not {"\x00", "\x1b", "\u202e"} & set(page.text)


def test_the_same_report_gives_the_same_bytes() -> None:
    again = Report.from_json(report().to_json())
    assert html(report(), "zh") == html(again, "zh")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_link_leads_somewhere_and_every_place_has_one_name(language: Language) -> None:
    page = Page(html(report(), language))
    places = Counter(page.all("id"))
    assert max(places.values()) == 1
    assert {link.removeprefix("#") for link in page.all("href")} <= set(places)
    assert set(page.all("aria-labelledby")) <= set(places)


def test_headings_go_down_one_by_one_and_heads_of_tables_say_what_they_head() -> None:
    page = Page(html(report(), "en"))
    levels = [int(tag[1]) for tag in page.tags("h1", "h2", "h3")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert len(page.tags("caption")) == len(page.tags("table"))
    scopes = [given.get("scope") for tag, given in page.elements if tag == "th"]
    assert set(scopes) == {"row", "col"}


def test_what_needs_attention_stands_before_all_else() -> None:
    text = Page(html(report(), "en")).text
    order = [
        "What needs attention",
        "AUC lost since development",
        "Contents",
        "Does the score rank",
    ]
    assert [text.index(each) for each in order] == sorted(text.index(each) for each in order)
    quiet = report(sections=(Section(key="identity"),))
    assert "Nothing that was judged is amber or red." in html(quiet, "en")


@pytest.mark.parametrize(("language", "tag"), [("zh", "zh-CN"), ("en", "en")])
def test_a_page_is_in_its_language(language: Language, tag: str) -> None:
    page = Page(html(report(), language))
    assert page.elements[0] == ("html", {"lang": tag})
    assert ("模型验证报告" in page.text) == (language == "zh")


@pytest.mark.parametrize(
    ("kind", "title"), [("comparison", "Comparison report"), ("monitoring", "Monitoring report")]
)
def test_reports_of_every_kind_have_their_page(kind: str, title: str) -> None:
    text = Page(html(report(kind=kind, subjects=("one", "two")), "en")).text
    assert title in text
    assert "first run" in text


def test_a_report_that_names_what_has_no_text_is_refused() -> None:
    made = report(sections=(Section(key="flow", figures=(Figure(key="no_such", value=1),)),))
    with pytest.raises(DataError, match=r"figure\.no_such"):
        html(made, "en")
    with pytest.raises(DataError, match=r"section\.nowhere"):
        html(report(sections=(Section(key="nowhere"),)), "zh")


@pytest.mark.parametrize(("rows", "columns"), [(12, 1), (20, 2)])
def test_on_paper_only_what_a_screen_folds_is_set_in_two_columns(rows: int, columns: int) -> None:
    made = report(sections=(Section(key="flow", tables=(table(rows, chart=None),)),))
    page = html(made, "en", printed=True)
    assert "<details" not in page
    assert page.count('class="twice"') == columns - 1


def test_folded_rows_are_in_the_page() -> None:
    made = report(sections=(Section(key="flow", tables=(table(40), roc("sample.test"))),))
    text = Page(html(made, "en")).text
    assert all(f"field_{n}" in text for n in range(2, 40))


def test_text_has_contrast_in_light_and_in_dark() -> None:
    sheet = resources.files("pipelines.pages").joinpath("report.css").read_text("utf-8")
    schemes = re.findall(r":root \{(.*?)\}", sheet, re.DOTALL)
    assert len(schemes) == 2
    for scheme in schemes:
        colour = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", scheme))
        for ground in ("paper", "raised", "red-wash", "amber-wash"):
            for ink in ("ink", "muted", "link", "green", "amber", "red"):
                assert contrast(colour[ground], colour[ink]) >= 4.5, (ground, ink)
