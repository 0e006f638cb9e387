"""Cross-checks as a dictionary states them: a field of the form against what a document says.

Only what may be written in `[checks.NAME]`; comparing is `features.crosschecks`.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import PurePath
from typing import TYPE_CHECKING, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from features.language import Text

if TYPE_CHECKING:
    from features import dictionary

Says = Literal["amount", "rate", "duration", "day", "employer", "level", "sum"]
Side = Literal["differs", "above", "below"]

_NEEDED: Mapping[Says, tuple[str, ...]] = {
    "amount": ("near",),
    "rate": ("near",),
    "duration": ("near",),
    "day": ("near",),
    "employer": ("near",),
    "level": ("words",),
    "sum": ("parts",),
}
_ALLOWED: Mapping[Says, tuple[str, ...]] = {
    "amount": ("per", "side", "tolerance"),
    "rate": ("per", "side", "tolerance"),
    "duration": ("side", "tolerance"),
    "day": (),
    "employer": (),
    "level": ("near", "never"),
    "sum": ("tolerance",),
}
_ALWAYS = ("label", "field", "says")
_TEXTS = ("document", "papers")
_COMPARABLE = ("feature", "ignored", "association", "date")


class CrossCheck(BaseModel):
    """One rule that form and document, or the parts of a sum, have to keep.

    Attributes:
        label: What people call what is compared.
        field: The form's field; for a sum, the total.
        says: What to look for in the document: an `amount`, a `rate`, a `duration` (or the day
            it began), a `day`, an `employer`, the words of a `level`; `sum` looks at no document.
        document: The document's field.
        papers: Papers beside the table, beside or instead of it: kinds of `papers.toml`, or names
            of files, with or without their ending; `*` stands for anything.
        near: Words of which one has to stand in the same sentence as the value; for levels they
            may be left out, since their words speak for themselves.
        per: What the form's amount or rate is for, where it is for a period.
        side: What breaks the rule: a form value that `differs` either way, or only one `above`
            or `below` what the document says.
        tolerance: Relative difference that is still agreement, at least 0; 0.1 is a tenth of
            the document's value, for a sum of the larger of total and sum.
        words: For each level the phrases that say it; a level without any is contradicted by
            `never` alone.
        never: Phrases that no level of the form agrees with, such as forbidden purposes.
        parts: The fields that add up to the total.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: Text
    field: str
    says: Says
    document: str = ""
    papers: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    per: Literal["", "day", "month", "year"] = ""
    side: Side = "differs"
    tolerance: float = Field(default=0.1, ge=0, allow_inf_nan=False)
    words: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    never: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()

    @field_validator("words", mode="before")
    @classmethod
    def _levels_as_text(cls, given: object) -> object:
        return {str(k): v for k, v in given.items()} if isinstance(given, Mapping) else given

    @model_validator(mode="after")
    def _fits_what_it_says(self) -> Self:
        needed, allowed = _NEEDED[self.says], _ALLOWED[self.says]
        if self.says != "sum":
            allowed += _TEXTS
            if not (self.document or self.papers):
                raise ValueError(f'says = "{self.says}" needs "document" or "papers"')
        for key in needed:
            if not getattr(self, key):
                raise ValueError(f'says = "{self.says}" needs "{key}"')
        # What stands at its default may have been written out by `model_dump`.
        rest = set(type(self).model_fields).difference(_ALWAYS, needed, allowed)
        for key in sorted(rest):
            if getattr(self, key) != type(self).model_fields[key].get_default(
                call_default_factory=True
            ):
                raise ValueError(f'"{key}" means nothing where says = "{self.says}"; remove it')
        if self.says == "sum" and len(self.parts) < 2:
            raise ValueError('a sum needs two fields or more in "parts"')
        if not all(phrase.strip() for phrase in (*self.near, *self.phrases, *self.papers)):
            raise ValueError("a phrase is blank; remove it, or it would stand everywhere")
        return self

    @cached_property
    def phrases(self) -> tuple[str, ...]:
        """All phrases that say a level, or that no level agrees with."""
        return (*self.never, *(phrase for each in self.words.values() for phrase in each))

    def reads(self, name: str, kind: str) -> bool:
        """Whether the check looks at a paper of that name and kind.

        Example:
            >>> check = CrossCheck(
            ...     label="pay", field="pay", says="amount", papers=("bank_statement", "流水*"),
            ...     near=("salary",),
            ... )
            >>> check.reads("1.pdf", "bank_statement"), check.reads("流水 3月.pdf", "")
            (True, True)
            >>> check.reads("letter.pdf", "other")
            False
        """
        names = (_folded(name), _folded(PurePath(name).stem))
        return any(
            each == kind or any(_named(_folded(each), one) for one in names) for each in self.papers
        )


def _folded(name: str) -> str:
    # Some file systems take accents apart.
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def _named(pattern: str, name: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), name) is not None


def check_references(
    checks: Mapping[str, CrossCheck], fields: Iterable["dictionary.Field"]
) -> None:
    """See that every check names fields that can be compared.

    Args:
        checks: The `[checks]` of a dictionary.
        fields: Its fields.

    Raises:
        ValueError: A check names a field or level that is not there, or one of the wrong kind;
            the message names the check and what it needs.
    """
    by_name = {field.name: field for field in fields}
    for name, check in checks.items():
        wrong = _wrong(check, by_name)
        if wrong:
            raise ValueError(f"checks.{name}: {wrong}")


def _wrong(check: CrossCheck, fields: Mapping[str, "dictionary.Field"]) -> str:
    """What is wrong with the first thing that a check names; empty where nothing is."""
    for name in (check.field, *check.parts):
        field = fields.get(name)
        if field is None:
            return f'there is no field "{name}"; name a field of the form'
        if field.role not in _COMPARABLE or field.formula is not None or field.personal:
            return (
                f'"{name}" cannot be compared; take a field of the form that is given as such and '
                "is neither personal nor protected"
            )
        if not _readable(check, field):
            return f'"{name}" is a {field.type}, which cannot be compared with a {check.says}'
    if check.document and (
        check.document not in fields or fields[check.document].role != "document"
    ):
        return f'"{check.document}" is no field with role "document"'
    for name in check.papers:
        if name in fields and fields[name].role == "document":
            return f'"{name}" is a field of the table; name it under "document"'
    if unknown := set(check.words) - set(fields[check.field].levels):
        return f'words names {", ".join(sorted(unknown))}, no level of "{check.field}"'
    return ""


def _readable(check: CrossCheck, field: "dictionary.Field") -> bool:
    """Whether the field's type can hold what the check says."""
    if check.says == "day":
        return field.type == "date"
    if check.says == "employer":
        return field.type in ("text", "category")
    if check.says == "level":
        return bool(field.levels)
    return field.numeric
