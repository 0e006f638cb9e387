"""All templates: nothing that the content policy forbids, and no form that could be forged."""

import re
from functools import cache
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Template, nodes

from features.language import LANGUAGES, Language, catalogue
from pipelines.review.rendering import environment
from risk.desk import Role, State
from risk.policy import Recommendation
from risk.reasoning.narrative import Mark

HOME = Path(str(resources.files("pipelines.review"))) / "templates"
TEMPLATES = sorted(path.relative_to(HOME).as_posix() for path in HOME.rglob("*.html"))
FORBIDDEN = {
    "a script of its own": r"<script(?![^>]*\bsrc=)",
    "a style element": r"<style\b",
    "a style attribute": r"\sstyle\s*=",
    "an event attribute": r"\son[a-z]+\s*=",
    "a script address": r"javascript:",
    "what htmx would run": r"\bhx-on\b|\bhx-vals\s*=\s*[\"']js:",
    "text that nobody escapes": r"autoescape\s+false",
    "an address elsewhere": r"(?:src|href|action)=\"(?:https?:)?//",
}

DRAWN = {"chart", "picture.wide", "picture.narrow"}
"""What our own code has drawn, and comes into a page as it is."""


def source(name: str) -> str:
    return re.sub(r"\{#.*?#\}", "", (HOME / name).read_text("utf-8"), flags=re.DOTALL)


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_can_be_read_and_holds_nothing_the_policy_forbids(name: str) -> None:
    environment("zh").get_template(name)
    found = [what for what, form in FORBIDDEN.items() if re.search(form, source(name), re.I)]
    assert found == []


@pytest.mark.parametrize("name", TEMPLATES)
def test_only_drawings_come_into_a_page_as_they_are(name: str) -> None:
    assert {what.strip() for what in re.findall(r"([^{]*)\|\s*safe\b", source(name))} <= DRAWN


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_form_that_changes_something_brings_the_token(name: str) -> None:
    forms = re.findall(r"<form\b[^>]*method=\"post\".*?</form>", source(name), re.DOTALL)
    assert [form for form in forms if "token()" not in form and 'name="csrf"' not in form] == []


def parsed(name: str) -> nodes.Template:
    return environment("zh").parse((HOME / name).read_text("utf-8"))


@pytest.mark.parametrize("name", TEMPLATES)
def test_what_a_template_takes_from_another_stands_there_and_is_used(name: str) -> None:
    tree = parsed(name)
    parts = [parsed(each.template.value) for each in tree.find_all(nodes.Include)]
    every = (each for part in (tree, *parts) for each in part.find_all(nodes.Name))
    used = {each.name for each in every if each.ctx == "load"}
    for taken in tree.find_all(nodes.FromImport):
        assert isinstance(taken.template, nodes.Const)
        other = parsed(taken.template.value)
        there = {each.name for each in other.find_all((nodes.Macro, nodes.Name))}
        wanted = [each if isinstance(each, tuple) else (each, each) for each in taken.names]
        assert {each for each, _ in wanted} <= there
        assert {each for _, each in wanted} <= used


@cache
def template(text: str, language: Language) -> Template:
    return environment(language).from_string(text)


def shown(text: str, language: Language = "en", **values: object) -> str:
    return template(text, language).render({"csrf": "c", **values})


WORDS = {
    "state": State,
    "recommended": Recommendation,
    "outcome": ("approve", "decline"),
    "mark": (*Mark, "struck"),
    "flag": ("pending", "struck", "suspected", "moved", "overdue"),
    "light": ("green", "amber", "red", "none"),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("macro", WORDS)
def test_whatever_has_a_colour_has_a_word_and_a_shape_of_its_own(
    macro: str, language: Language
) -> None:
    made = [
        shown(
            f'{{% from "parts/tags.html" import {macro} with context %}}{{{{ {macro}(name) }}}}',
            language,
            name=name,
        )
        for name in WORDS[macro]
    ]
    words = [re.sub(r"<[^>]+>", "", text).strip() for text in made]
    shapes = [tuple(re.findall(r"<path[^>]*>", text)) for text in made]
    assert all(words)
    assert len(set(words)) == len(made)
    assert all(shapes)
    assert len(set(shapes)) == len(made) or macro == "flag"


def test_every_role_has_a_name() -> None:
    for language in LANGUAGES:
        named = {catalogue("pipelines.review").text(language, f"role.{role}") for role in Role}
        assert len(named) == len(Role)


FIELD = """{% from "parts/controls.html" import area, button, choice, field with context %}
{{ field("x", typed, typed, hint=typed, error=typed, required=true, autofocus=false) }}
{{ area("y", typed, typed) }}{{ choice("z", typed, ((typed, typed),), typed) }}
{{ button(typed, "a", name=typed) }}"""


@given(st.text())
def test_what_was_typed_comes_back_whole_and_as_text(typed: str) -> None:
    page = shown(FIELD, typed=f'"><script>{typed}')
    assert "<script" not in page
    assert " required" in page
    assert "autofocus" not in page
    assert 'aria-describedby="x-hint x-error" aria-invalid="true"' in page
