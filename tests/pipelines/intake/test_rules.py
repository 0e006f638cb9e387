"""`papers.toml`: the rules that come with the product, and the mistakes of an own file."""

from pathlib import Path

import pytest

from features.dictionary import DataDictionary
from pipelines.errors import ConfigError
from pipelines.intake.rules import FILE, PaperRules, readable, wanted
from tests.pipelines.intake.given import DICTIONARY

KIND = '[kinds.form]\nlabel = "form"\n'


def test_the_rules_that_come_with_the_product_know_the_usual_papers(tmp_path: Path) -> None:
    rules = PaperRules.beside(tmp_path / "risk.toml")
    assert set(rules.kinds) == {
        "application_form", "id_copy", "income_proof", "bank_statement", "credit_report",
        "social_security", "contract", "guarantee",
    }  # fmt: skip
    assert ("income_proof", "social_security") in set(wanted(rules.product("")))
    rules.check(DICTIONARY)


def test_drafted_rules_are_those_and_are_not_overwritten(tmp_path: Path) -> None:
    usual = PaperRules.beside(tmp_path / "risk.toml").digest()
    assert PaperRules.draft(tmp_path / "risk.toml") == (tmp_path / FILE).resolve()
    assert PaperRules.beside(tmp_path / "risk.toml").digest() == usual
    with pytest.raises(ConfigError, match="already there"):
        PaperRules.draft(tmp_path / "risk.toml")


def test_own_rules_stand_beside_the_config(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(KIND, "utf-8")
    rules = PaperRules.beside(tmp_path / "risk.toml")
    assert set(rules.kinds) == {"form"}
    assert rules.product("").papers == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x", "not valid TOML"),
        ("", "kinds"),
        (KIND + "titel = []", "unknown key"),
        ('[kinds.other]\nlabel = "x"', "this name is kept"),
        (KIND + 'title = [" "]', "blank"),
        (KIND + '[products.p]\npapers = ["from"]', 'products.p: "from" has no'),
        (KIND + '[products.p]\npapers = [["form", "x"]]', 'products.p: "x" has no'),
        (KIND + '[fields.income]\nkinds = ["x"]', 'fields.income: "x" has no'),
    ],
)
def test_a_mistake_is_named(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        PaperRules.parse(text)


@pytest.mark.parametrize("name", ["nobody", "default_flag", "gender", "notes", "burden"])
def test_fields_that_papers_cannot_give_are_refused(name: str) -> None:
    for text in (f"[fields.{name}]\nskip = true", f'[products.p]\nfields = ["{name}"]'):
        with pytest.raises(ConfigError, match=name):
            PaperRules.parse(KIND + text).check(DICTIONARY)


def test_an_unknown_product_names_those_that_are_known() -> None:
    with pytest.raises(ConfigError, match="but: car"):
        PaperRules.parse(KIND + "[products.car]").product("cars")


def test_protected_fields_outcomes_and_documents_are_never_read_from_papers() -> None:
    assert isinstance(DICTIONARY, DataDictionary)
    assert {"default_flag", "gender", "notes", "burden"}.isdisjoint(
        field.name for field in readable(DICTIONARY)
    )
