"""Texts in two languages and the catalogues that hold them."""

import sys
from importlib import resources
from pathlib import Path
from string import Formatter

import pytest
from pydantic import TypeAdapter, ValidationError

from features.errors import DataError
from features.language import LANGUAGES, Catalogue, Text, catalogue

READ = TypeAdapter(Text)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An importable package without a catalogue yet."""
    home = tmp_path / "spoken_here"
    home.mkdir()
    (home / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "spoken_here", raising=False)
    return home


def test_a_plain_string_serves_both_languages() -> None:
    text = READ.validate_python("PBOC")
    assert [text.in_(language) for language in LANGUAGES] == ["PBOC", "PBOC"]


@pytest.mark.parametrize(
    "given", [{"zh": "一"}, {"zh": "一", "en": "one", "fr": "un"}, 1, ["a", "b"]]
)
def test_half_a_text_is_refused(given: object) -> None:
    with pytest.raises(ValidationError):
        READ.validate_python(given)


def test_slots_are_filled_in_both_languages(package: Path) -> None:
    (package / "messages.toml").write_text('["n"]\nzh = "{n} 行"\nen = "{n} rows"', "utf-8")
    messages = Catalogue("spoken_here")
    assert [messages.text(language, "n", n=3) for language in LANGUAGES] == ["3 行", "3 rows"]
    assert "n" in messages
    assert "m" not in messages


@pytest.mark.parametrize("one", [1, "1"])
def test_a_single_thing_has_words_of_its_own(package: Path, one: object) -> None:
    (package / "messages.toml").write_text(
        '["n"]\nzh = "{f}：{n} 行"\nen = "{f}: {n} rows"\n'
        '["n.one"]\nzh = "{f}：1 行"\nen = "{f}: 1 row"', "utf-8",
    )  # fmt: skip
    messages = Catalogue("spoken_here")
    assert [messages.text("en", "n", f=1, n=n) for n in (0, one, 2)] == [
        "1: 0 rows", "1: 1 row", "1: 2 rows",
    ]  # fmt: skip
    assert messages.text("zh", "n", f="a", n=one) == "a：1 行"


@pytest.mark.parametrize(
    "body", ['["k"]\nzh = "一"', 'k = "one"', '["k"]\nzh = "一"\nen = "one"\nfr = "un"']
)
def test_a_key_without_both_languages_does_not_load(package: Path, body: str) -> None:
    (package / "messages.toml").write_text(body, "utf-8")
    with pytest.raises(DataError, match=r'spoken_here/messages.toml: key "k" needs exactly zh'):
        Catalogue("spoken_here")


def test_a_key_that_holds_no_text_does_not_load(package: Path) -> None:
    (package / "messages.toml").write_text('["k"]\nzh = 1\nen = "one"', "utf-8")
    with pytest.raises(DataError, match='key "k" needs texts in zh and en'):
        Catalogue("spoken_here")


@pytest.mark.parametrize("name", ["features", "risk", "pipelines"])
def test_both_languages_have_the_same_slots(name: str) -> None:
    if not (resources.files(name) / "messages.toml").is_file():
        pytest.skip(f"{name} has no catalogue")
    for key, text in catalogue(name).texts.items():
        slots = [
            {slot for _, slot, _, _ in Formatter().parse(text.in_(language)) if slot is not None}
            for language in LANGUAGES
        ]
        assert slots[0] == slots[1], key


def test_a_catalogue_may_lie_in_several_files_and_no_key_in_two(package: Path) -> None:
    folder = package / "messages"
    folder.mkdir()
    (folder / "a.toml").write_text('["one"]\nzh = "一"\nen = "one"\n', "utf-8")
    (folder / "b.toml").write_text('["two"]\nzh = "二"\nen = "two"\n', "utf-8")
    assert set(Catalogue("spoken_here").texts) == {"one", "two"}
    (folder / "c.toml").write_text('["two"]\nzh = "二"\nen = "two"\n', "utf-8")
    with pytest.raises(DataError, match=r'c\.toml: key "two" stands in another file'):
        Catalogue("spoken_here")
