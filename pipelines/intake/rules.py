"""`papers.toml`: how kinds of papers are told, where fields stand, and what a product needs."""

import hashlib
import tomllib
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from features.associations.keys import PREFIX
from features.dictionary import DataDictionary, Role, explain
from features.dictionary import Field as Entry
from features.language import Text
from pipelines import disk
from pipelines.errors import ConfigError

FILE = "papers.toml"
DEFAULT_PRODUCT = "default"
PHOTO, OTHER = "photo", "other"
_UNREAD = (Role.TARGET, Role.PROTECTED, Role.DOCUMENT)

Words = tuple[str, ...]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    @field_validator("*")
    @classmethod
    def _no_blank_word(cls, given: object) -> object:
        if isinstance(given, tuple) and any(isinstance(g, str) and not g.strip() for g in given):
            raise ValueError("a word is blank; remove it, or it would stand everywhere")
        return given


class KindRule(_Strict):
    """How a kind of paper is told.

    Attributes:
        label: What people call it.
        title: Words of its first lines.
        names: Words of its file's name.
        words: Words of its first page.
    """

    label: Text
    title: Words = ()
    names: Words = ()
    words: Words = ()


class ProductRule(_Strict):
    """What a product needs.

    Attributes:
        label: What people call it.
        papers: Kinds of papers; of a list of kinds one is enough.
        fields: Fields; None for those without which the portfolio cannot score.
    """

    label: Text | None = None
    papers: tuple[str | tuple[str, ...], ...] = ()
    fields: Words | None = None


class FieldRule(_Strict):
    """Where a field stands in papers.

    Attributes:
        labels: Words beside the dictionary's labels.
        kinds: The only kinds of papers that may say it; empty for all.
        per: What an amount is for, where the label does not say it.
        skip: Whether it is never read from papers.
    """

    labels: Words = ()
    kinds: Words = ()
    per: Literal["", "day", "month", "year"] = ""
    skip: bool = False


class PaperRules(_Strict):
    """The rules of a portfolio.

    Raises:
        ConfigError: From `read` and `parse`: the file cannot be read, or contradicts itself.
    """

    kinds: dict[str, KindRule] = Field(min_length=1)
    products: dict[str, ProductRule] = Field(default_factory=dict)
    fields: dict[str, FieldRule] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _kinds_are_there(self) -> Self:
        if taken := {PHOTO, OTHER} & set(self.kinds):
            raise ValueError(f"kinds.{min(taken)}: this name is kept for papers of no other kind")
        named = [(f"fields.{name}", kind) for name, f in self.fields.items() for kind in f.kinds]
        for name, product in self.products.items():
            named += [(f"products.{name}", kind) for any_of in wanted(product) for kind in any_of]
        for where, kind in named:
            if kind not in self.kinds:
                raise ValueError(f'{where}: "{kind}" has no [kinds] entry')
        return self

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read `papers.toml`."""
        try:
            text = path.read_text("utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{path} cannot be read as UTF-8 text: {error}") from error
        return cls.parse(text, str(path))

    @classmethod
    def beside(cls, config: Path) -> Self:
        """The rules that stand beside `risk.toml`, or else those that come with the product."""
        own = config.resolve().parent / FILE
        if own.exists():
            return cls.read(own)
        return cls.parse(_usual())

    @staticmethod
    def draft(config: Path) -> Path:
        """Write the rules that come with the product beside `risk.toml`, to be edited.

        Raises:
            ConfigError: Rules stand there already.
            OSError: They cannot be written.
        """
        own = config.resolve().parent / FILE
        if own.exists():
            raise ConfigError(f"{own} is already there; leave --draft out to use it")
        disk.write(own, _usual().encode())
        return own

    @classmethod
    def parse(cls, text: str, where: str = FILE) -> Self:
        """Build the rules from TOML text; `where` names it in errors."""
        try:
            return cls.model_validate(tomllib.loads(text))
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(f"{where} is not valid TOML: {error}") from error
        except ValidationError as error:
            raise ConfigError(explain(error, where)) from error

    def product(self, name: str) -> ProductRule:
        """The product of that name, or the default one for no name.

        Raises:
            ConfigError: There is none.
        """
        found = self.products.get(name or DEFAULT_PRODUCT)
        if found is None and name:
            known = ", ".join(self.products) or "none"
            raise ConfigError(f'{FILE} has no product "{name}", but: {known}')
        return found or ProductRule()

    def check(self, dictionary: DataDictionary) -> None:
        """See that every field named here is one that may be taken from papers.

        Raises:
            ConfigError: One is not.
        """
        known = {field.name for field in readable(dictionary)}
        needed = [name for product in self.products.values() for name in product.fields or ()]
        for name in (*self.fields, *needed):
            if name not in known:
                raise ConfigError(
                    f'{FILE}: "{name}" is no field that papers can give; name one of the '
                    "dictionary that is neither computed, protected, a document, a column of "
                    "ties nor the outcome"
                )

    def digest(self) -> str:
        """SHA-256 over all rules."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


def _usual() -> str:
    return resources.files("pipelines.intake").joinpath(FILE).read_text("utf-8")


def wanted(product: ProductRule) -> Iterator[tuple[str, ...]]:
    """Each paper that a product needs, as the kinds of which one is enough."""
    for each in product.papers:
        yield (each,) if isinstance(each, str) else each


def readable(dictionary: DataDictionary) -> tuple[Entry, ...]:
    """Fields that papers can give, in dictionary order."""
    return tuple(
        field
        for field in dictionary.fields
        if field.formula is None and field.role not in _UNREAD and not of_ties(field.name)
    )


def of_ties(name: str) -> bool:
    """Whether a column is one that `risk ties` makes, and no paper, person or row may give."""
    return name.startswith(PREFIX)
