"""The message catalogues: both languages, same slots, no key missing, none left over."""

import re
import string
from pathlib import Path

import pytest

from features.language import LANGUAGES, catalogue

ROOT = Path(__file__).parent.parent
PACKAGES = ("features", "risk", "pipelines")


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


@pytest.mark.parametrize("package", PACKAGES)
def test_every_key_in_the_code_is_in_a_catalogue_and_the_other_way_round(package: str) -> None:
    source = "\n".join(p.read_text("utf-8") for p in (ROOT / package).rglob("*.py"))
    keys = catalogue(package).texts
    prefixes = {key.split(".")[0] for key in keys}
    literal = set(re.findall(r'"([a-z_]+\.[a-z0-9_.\-]+)"', source))
    asked = {key for key in literal if key.split(".")[0] in prefixes}
    files = {key for key in asked if key.endswith((".toml", ".parquet", ".json", ".csv", ".txt"))}
    assert asked - files <= set(keys), sorted(asked - files - set(keys))
    composed = set(re.findall(r'f"([a-z_.]+)\{', source))
    unused = [k for k in keys if k not in literal and not k.startswith(tuple(composed))]
    assert not unused, unused
