"""Chinese and English: texts that come in both, and the catalogue that holds them.

Each package keeps its own `messages.toml`; a key without both languages does not load.
"""

import tomllib
from functools import cache
from importlib import resources
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, model_validator

from features.errors import DataError

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)


class Text(BaseModel):
    """One text in Chinese and English; a plain string in TOML serves for both.

    Example:
        >>> Text.model_validate({"zh": "收入", "en": "income"}).in_("en")
        'income'
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    zh: str
    en: str

    @model_validator(mode="before")
    @classmethod
    def _both(cls, given: object) -> object:
        return {"zh": given, "en": given} if isinstance(given, str) else given

    def in_(self, language: Language) -> str:
        """The text in one language."""
        return self.zh if language == "zh" else self.en


class Catalogue:
    """The messages of one package, read from `messages.toml` beside its code.

    Raises:
        DataError: A key lacks a language or holds anything else.

    Example:
        >>> Catalogue("features").text("en", "sample.development")
        'development'
    """

    def __init__(self, package: str) -> None:
        """Read the catalogue of `package`."""
        raw = tomllib.loads((resources.files(package) / "messages.toml").read_text("utf-8"))
        self.package = package
        self.texts = {key: _both_languages(package, key, value) for key, value in raw.items()}

    def text(self, language: Language, key: str, **values: object) -> str:
        """The message under `key`, its `{slots}` filled from `values`."""
        return self.texts[key].in_(language).format(**values)

    def __contains__(self, key: str) -> bool:
        """Whether there is a message under `key`."""
        return key in self.texts


@cache
def catalogue(package: str) -> Catalogue:
    """The package's catalogue, read once."""
    return Catalogue(package)


def _both_languages(package: str, key: str, value: object) -> Text:
    if not isinstance(value, dict) or set(value) != set(LANGUAGES):
        raise DataError(f'{package}/messages.toml: key "{key}" needs exactly zh and en')
    if not all(isinstance(text, str) for text in value.values()):
        raise DataError(f'{package}/messages.toml: key "{key}" needs texts in zh and en')
    return Text.model_validate(value)
