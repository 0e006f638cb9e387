"""The message catalogues: both languages, same slots, no key missing, none left over."""

import re
import string
from pathlib import Path

import pytest

from features.language import LANGUAGES, catalogue

ROOT = Path(__file__).parent.parent
PACKAGES = (
    "features",
    "risk",
    "risk.report",
    "pipelines",
    "pipelines.card",
    "pipelines.intake",
    "pipelines.review",
)
FOLDERS = ("features", "risk", "pipelines")
FILES = (".toml", ".parquet", ".json", ".csv", ".txt", ".db", ".md", ".css", ".js", ".html", ".svg")


def slots(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("package", PACKAGES)
def test_both_languages_fill_the_same_slots(package: str) -> None:
    for key, text in catalogue(package).texts.items():
        assert slots(text.zh) == slots(text.en), key


@pytest.mark.parametrize("package", PACKAGES)
def test_no_text_is_empty_and_chinese_is_chinese(package: str) -> None:
    for key, text in catalogue(package).texts.items():
        for language in LANGUAGES:
            assert text.in_(language).strip(), key


def test_every_key_the_code_asks_for_is_there_and_every_other_is_gone() -> None:
    code, pages = (
        "\n".join(p.read_text("utf-8") for name in FOLDERS for p in (ROOT / name).rglob(kind))
        for kind in ("*.py", "*.html")
    )
    keys = {key for name in PACKAGES for key in catalogue(name).texts}
    prefixes = {key.split(".")[0] for key in keys}
    literal = set(re.findall(r"""["']([a-z_\-]+\.[a-z0-9_.\-]+)["']""", code + pages))
    composed = set(re.findall(r"""f["']([a-z_.\-]+)\{""", code))
    composed |= set(re.findall(r"""["']([a-z_\-]+\.[a-z0-9_.\-]*)["'] ~""", pages))
    literal -= composed
    asked = {key for key in literal if key.split(".")[0] in prefixes}
    asked -= {key for key in asked if key.endswith(FILES)}
    # Some rooms speak by a function of their own, which puts the room's name before the key.
    asked -= {key.partition(".")[2] for key in keys}
    assert sorted(asked - keys) == []
    known = literal | {f"{key}.one" for key in literal & keys}
    assert [key for key in keys if key not in known and not key.startswith(tuple(composed))] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_the_words_for_one_thing_leave_out_the_slot_that_counts(package: str) -> None:
    texts = catalogue(package).texts
    for key in texts:
        if f"{key}.one" in texts:
            assert slots(texts[f"{key}.one"].en) < slots(texts[key].en), key
            assert re.search(r"1|[Tt]he ", texts[f"{key}.one"].en), key
