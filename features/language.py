"""Chinese and English: texts that come in both, and the catalogue that holds them.

Each package keeps its own `messages.toml`; a key without both languages does not load.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from string import Formatter
from typing import TYPE_CHECKING, Literal, get_args

from features.errors import DataError

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from pydantic_core import CoreSchema

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)


@dataclass(frozen=True)
class Text:
    """One text in Chinese and English; in TOML and JSON a plain string serves for both.

    A plain class, since `risk --help` speaks both languages and is not to wait for pydantic.

    Example:
        >>> Text(zh="收入", en="income").in_("en")
        'income'
    """

    zh: str
    en: str

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object) -> "CoreSchema":
        from pydantic_core import core_schema as core

        # Without a name of its own: where pydantic meets a named schema again, it takes what is
        # named alone, and not what stands before it.
        fields = [core.dataclass_field(name, core.str_schema()) for name in LANGUAGES]
        arguments = core.dataclass_args_schema(cls.__name__, fields)
        forbidding = core.CoreConfig(extra_fields_behavior="forbid")
        whole = core.dataclass_schema(
            cls, arguments, list(LANGUAGES), config=forbidding, frozen=True
        )
        return core.no_info_before_validator_function(_both, whole)

    def in_(self, language: Language) -> str:
        """The text in one language."""
        return self.zh if language == "zh" else self.en


def _both(given: object) -> object:
    return {"zh": given, "en": given} if isinstance(given, str) else given


class Catalogue:
    """The messages of one package, read from `messages.toml` or the files of `messages`.

    Where English words a single thing otherwise, `KEY.one` stands beside `KEY`, with 1 written out
    in place of the slot that counts.

    Raises:
        DataError: A key lacks a language, holds anything else, or stands in two files.

    Example:
        >>> Catalogue("features").text("en", "sample.development")
        'development'
    """

    def __init__(self, package: str) -> None:
        """Read the catalogue of `package`."""
        self.package = package
        self.texts: dict[str, Text] = {}
        for file in _files(package):
            raw = tomllib.loads(file.read_text("utf-8"))
            where = f"{package}/{file.name}"
            if twice := self.texts.keys() & raw.keys():
                raise DataError(f'{where}: key "{min(twice)}" stands in another file already')
            self.texts |= {key: _both_languages(where, key, value) for key, value in raw.items()}
        self._counts = {
            key: _slots(text.en) - _slots(self.texts[f"{key}.one"].en)
            for key, text in self.texts.items()
            if f"{key}.one" in self.texts
        }

    def text(self, language: Language, key: str, **values: object) -> str:
        """The message under `key`, its `{slots}` filled from `values`; its `.one` for a count of 1.

        Example:
            >>> risk = catalogue("risk")
            >>> risk.text("en", "case.unit.months", n=1), risk.text("en", "case.unit.months", n=2)
            ('1 month', '2 months')
        """
        counts = self._counts.get(key)
        if counts and all(str(values[slot]) == "1" for slot in counts):
            key = f"{key}.one"
        return self.texts[key].in_(language).format(**values)

    def __contains__(self, key: str) -> bool:
        """Whether there is a message under `key`."""
        return key in self.texts


@cache
def catalogue(package: str) -> Catalogue:
    """The package's catalogue, read once."""
    return Catalogue(package)


def _slots(text: str) -> set[str]:
    return {slot for _, slot, _, _ in Formatter().parse(text) if slot}


def _files(package: str) -> "list[Traversable]":
    home = resources.files(package)
    folder = home / "messages"
    if not folder.is_dir():
        return [home / "messages.toml"]
    named = (file for file in folder.iterdir() if file.name.endswith(".toml"))
    return sorted(named, key=lambda file: file.name)


def _both_languages(where: str, key: str, value: object) -> Text:
    if not isinstance(value, dict) or set(value) != set(LANGUAGES):
        raise DataError(f'{where}: key "{key}" needs exactly zh and en')
    if not all(isinstance(text, str) for text in value.values()):
        raise DataError(f'{where}: key "{key}" needs texts in zh and en')
    return Text(**value)
