"""Text in pages: escaped, and without characters that are no text."""

from datetime import UTC, datetime
from urllib.parse import unquote, urljoin

from hypothesis import given
from hypothesis import strategies as st
from jinja2 import DictLoader

from features.language import LANGUAGES, Text, catalogue
from pipelines.review import rendering
from pipelines.review.rendering import case_path, environment, is_local
from tests.test_messages import slots


@given(st.text())
def test_an_address_that_is_local_names_no_host(path: str) -> None:
    if is_local(path):
        assert urljoin("https://desk.example/a", path).startswith("https://desk.example/")


@given(st.text(min_size=1))
def test_the_address_of_a_case_holds_its_id_in_one_part(application_id: str) -> None:
    path = case_path("a" * 64, application_id.encode("utf-8", "replace").decode())
    assert path.isascii()
    assert path.count("/") == 3
    assert unquote(path.split("/")[3]) == application_id.encode("utf-8", "replace").decode()


@given(st.text())
def test_no_text_becomes_markup_or_turns_a_line_around(text: str) -> None:
    page = environment("zh").overlay(loader=DictLoader({"t": "<b>{{ x }}</b>"}))
    shown = page.get_template("t").render(x=f"<script>\u202e\x00{text}")
    assert "<script" not in shown
    assert not set("\x00\u202e\u2066") & set(shown)
    assert shown.count("<") == 2


def test_what_is_not_there_is_a_dash_and_numbers_are_written() -> None:
    written = "{{ n|written('share') }} {{ m|moment }} {{ w|text }} {{ absent }}"
    page = environment("zh").overlay(loader=DictLoader({"t": written}))
    given = {
        "n": 0.0312,
        "m": datetime(2026, 11, 28, 9, 5, tzinfo=UTC),
        "w": Text("批", "lot"),
        "absent": None,
    }
    told = page.get_template("t").render(given).split(" ")
    assert told[0] == "3.12%"
    assert told[3:] == ["批", "—"]


def test_every_word_of_the_workbench_is_there_in_both_languages() -> None:
    for key, text in catalogue("pipelines.review").texts.items():
        assert slots(text.zh) == slots(text.en), key
        assert all(text.in_(language).strip() for language in LANGUAGES), key


def test_all_templates_can_be_made_beforehand() -> None:
    rendering.prepare()
    for made in map(environment, LANGUAGES):
        assert {name for _, name in made.cache} == set(made.list_templates())
