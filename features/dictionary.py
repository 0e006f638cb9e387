"""The data dictionary of a portfolio: what each column is, may hold, and means for risk.

It describes; checking rows against it is `features.intake`, turning them into numbers is
`features.encoding`, drafting one from a sample file is `features.drafting.draft`.
"""

import hashlib
import math
import tomllib
from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator, model_validator
from pydantic import Field as Described

from features.checks_spec import CrossCheck, check_references
from features.errors import DataError
from features.language import Text


class Role(StrEnum):
    """What a column is for. Only `feature` columns ever reach a model."""

    ID = "id"
    TARGET = "target"
    DATE = "date"
    FEATURE = "feature"
    PROTECTED = "protected"
    DOCUMENT = "document"
    ASSOCIATION = "association"
    IGNORED = "ignored"


Kind = Literal["number", "integer", "category", "date", "text"]
Direction = Literal["rising", "falling", "none"]
Personal = Literal["", "name", "id_number", "mobile", "email", "address", "card"]
Changeable = Literal["", "rise", "fall", "any"]
TieKey = Literal[
    "", "phone", "address", "employer", "person", "guarantor", "account", "device", "other"
]
Operation = Literal["ratio", "sum", "difference", "product", "max", "min"]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Formula(_Strict):
    """A derived feature: an operation over other numeric fields, row by row.

    `ratio` and `difference` take exactly two fields; a ratio over zero is missing.
    """

    op: Operation
    of: tuple[str, ...] = Described(min_length=2)

    @model_validator(mode="after")
    def _two_for_ratio(self) -> Self:
        if self.op in ("ratio", "difference") and len(self.of) != 2:
            raise ValueError(f'"{self.op}" takes exactly two fields in "of"')
        return self


class Group(_Strict):
    """Correlated fields that speak with one voice: their Shapley values become one reason."""

    label: Text
    reason: Text | None = None


class Field(_Strict):
    """One column.

    Attributes:
        name: The column's name in the data.
        role: What it is for.
        type: How its values are read. A `date` feature is encoded as whole days before the
            application date.
        label: What people call it.
        unit: Unit of the values, such as `CNY` or `months`.
        low: Smallest allowed value; special codes are exempt.
        high: Largest allowed value; special codes are exempt.
        levels: Allowed values of a category, in the order in which they are coded 0, 1, 2, ...
        level_labels: What people call a level, where its code alone does not say it.
        special: Codes that are no measurement (such as 96 or -9) and what they mean; they are
            encoded as missing.
        direction: How risk moves as the value rises (for dates: as the days elapsed rise; for
            categories: along `levels`). Enforced on the model as a monotone constraint.
        reason: Wording of this field as a reason code.
        group: Key of the `[groups]` entry it belongs to, or empty.
        required: Whether a missing value breaks the row.
        unseen: What an unknown level, or a number outside `low` and `high`, does: `reject` the
            row, or count as `missing`.
        bad: Values of the target that mean default. `good`: values that mean repaid. Rows with
            any other value stay out of training.
        personal: What kind of personal data the values are; they are redacted by it.
        key: What kind of thing the values name where applications that share one are tied, such as
            `phone`; columns of one kind share their values, and `guarantor` names a `person`. Of a
            field with role `association` it follows from `personal`, and is `other` without.
        hub_above: How many applications may share a value of the key for it to tie them; 0 where
            it only counts. Unset, as many as is usual for the kind.
        formula: Set on a derived feature, which is computed and not read.
        changeable: Which way an applicant can move the value within months, for categories along
            `levels`; empty where no way. Advice to applicants moves nothing else.
        review: What a person should check, left here by `risk init`.
    """

    name: str
    role: Role
    type: Kind = "text"
    label: Text
    unit: str = ""
    low: float | None = Described(default=None, allow_inf_nan=False)
    high: float | None = Described(default=None, allow_inf_nan=False)
    levels: tuple[str, ...] = ()
    level_labels: dict[str, Text] = Described(default_factory=dict)
    special: dict[str, Text] = Described(default_factory=dict)
    direction: Direction = "none"
    reason: Text | None = None
    group: str = ""
    required: bool = False
    unseen: Literal["reject", "missing"] = "reject"
    bad: tuple[str, ...] = ()
    good: tuple[str, ...] = ()
    personal: Personal = ""
    key: TieKey = ""
    hub_above: int | None = Described(default=None, ge=0, le=1_000_000)
    formula: Formula | None = None
    changeable: Changeable = ""
    review: tuple[str, ...] = ()

    @field_validator("levels", "bad", "good", mode="before")
    @classmethod
    def _as_text(cls, given: object) -> object:
        if not isinstance(given, list | tuple):
            return given
        if any(isinstance(value, dict | list) for value in given):
            raise ValueError("give plain values; what people call them goes into level_labels")
        return tuple(str(value) for value in given)

    @model_validator(mode="before")
    @classmethod
    def _label_defaults_to_name(cls, given: object) -> object:
        if isinstance(given, Mapping) and "label" not in given:
            return {**given, "label": given.get("name", "")}
        return given

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"low {self.low:g} is above high {self.high:g}")
        if self.type == "category" and self.role == Role.FEATURE and not self.levels:
            raise ValueError('a category needs "levels"')
        if len(set(self.levels)) != len(self.levels):
            raise ValueError("a level stands twice")
        if unknown := set(self.level_labels) - set(self.levels):
            raise ValueError(f"level_labels names {', '.join(sorted(unknown))}, no level of it")
        if self.role == Role.TARGET and (not self.bad or not self.good):
            raise ValueError('the target needs "bad" and "good", the values of each outcome')
        if set(self.bad) & set(self.good):
            raise ValueError("a target value is both bad and good")
        if self.role == Role.FEATURE and self.type == "text":
            raise ValueError("text cannot be a feature; make it a document, a category or ignored")
        if self.hub_above is not None and not (self.key or self.role == Role.ASSOCIATION):
            raise ValueError('"hub_above" is for fields with a "key", or of role "association"')
        if self.formula and (self.role != Role.FEATURE or self.type != "number"):
            raise ValueError('a field with a formula is a feature of type "number"')
        if self.changeable and not self._can_change:
            raise ValueError(
                '"changeable" is for numbers and categories of the form, given as such'
            )
        for code in self.special:
            if self.type in ("number", "integer") and not _is_number(code):
                raise ValueError(f'special code "{code}" of a number must be a number')
        return self

    @property
    def _can_change(self) -> bool:
        """Whether an applicant could have a say in it: never in a protected attribute."""
        read = self.numeric or (self.type == "category" and bool(self.levels))
        return read and self.formula is None and self.role in (Role.FEATURE, Role.IGNORED)

    @property
    def numeric(self) -> bool:
        """Whether values are read as numbers."""
        return self.type in ("number", "integer")


class DataDictionary(_Strict):
    """The columns of one portfolio, in the order in which the model sees its features.

    Raises:
        DataError: From `read` and `parse`: the file cannot be read, a key is unknown, or the
            entries contradict each other; the message names the file, the place and the mend.
    """

    name: str = "portfolio"
    currency: str = ""
    missing: tuple[str, ...] = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None")
    groups: dict[str, Group] = Described(default_factory=dict)
    checks: dict[str, CrossCheck] = Described(default_factory=dict)
    fields: tuple[Field, ...]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read `dictionary.toml`."""
        try:
            text = path.read_text("utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise DataError(f"{path} cannot be read as UTF-8 text: {error}") from error
        return cls.parse(text, str(path))

    @classmethod
    def parse(cls, text: str, where: str = "dictionary.toml") -> Self:
        """Build the dictionary from TOML text; `where` names it in errors."""
        try:
            raw = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise DataError(f"{where} is not valid TOML: {error}") from error
        fields = raw.get("fields")
        if not isinstance(fields, dict) or not all(isinstance(f, dict) for f in fields.values()):
            raise DataError(f"{where} has no [fields.NAME] tables; `risk init` drafts them")
        renamed = next((name for name, body in fields.items() if "name" in body), None)
        if renamed is not None:
            raise DataError(f'{where}: unknown key "fields.{renamed}.name"; the table is the name')
        raw["fields"] = [{"name": name, **body} for name, body in fields.items()]
        try:
            return cls.model_validate(raw)
        except ValidationError as error:
            raise DataError(explain(error, where, list(fields))) from error

    @model_validator(mode="after")
    def _roles_and_references(self) -> Self:
        for role in (Role.ID, Role.TARGET, Role.DATE):
            names = [f.name for f in self.fields if f.role == role]
            if len(names) > 1:
                raise ValueError(f'only one field may have role "{role}", not {", ".join(names)}')
        names = [f.name for f in self.fields]
        if len(set(names)) != len(names):
            raise ValueError("two fields have the same name")
        if not self.features:
            raise ValueError('no field has role "feature"')
        for field in self.fields:
            if field.name == "application_id" and field.role != Role.ID:
                raise ValueError('application_id: this name is kept for the field of role "id"')
            if field.group and field.group not in self.groups:
                raise ValueError(f'{field.name}: group "{field.group}" has no [groups] entry')
            if field.role == Role.FEATURE and field.type == "date" and self.date is None:
                raise ValueError(f'{field.name}: a date feature needs a field with role "date"')
            self._check_formula(field)
        check_references(self.checks, self.fields)
        return self

    def _check_formula(self, field: Field) -> None:
        for name in field.formula.of if field.formula else ():
            source = next((f for f in self.fields if f.name == name), None)
            if source is None or not source.numeric or source.formula:
                raise ValueError(f'{field.name}: formula needs "{name}" as a plain numeric field')
            if source.role not in (Role.FEATURE, Role.IGNORED):
                raise ValueError(f'{field.name}: formula may not use "{name}" ({source.role})')

    def __getitem__(self, name: str) -> Field:
        """The field of that name; a `DataError` where there is none."""
        for field in self.fields:
            if field.name == name:
                return field
        raise DataError(f'the dictionary has no field "{name}"')

    def with_role(self, *roles: Role) -> tuple[Field, ...]:
        """Fields of any of the roles, in order."""
        return tuple(f for f in self.fields if f.role in roles)

    @property
    def features(self) -> tuple[Field, ...]:
        """The model's inputs, in matrix order; protected fields are never among them."""
        return self.with_role(Role.FEATURE)

    @property
    def protected(self) -> tuple[Field, ...]:
        """Fields that must not influence a decision."""
        return self.with_role(Role.PROTECTED)

    @property
    def id(self) -> Field | None:
        """The application id; without one, the row number serves."""
        return next(iter(self.with_role(Role.ID)), None)

    @property
    def target(self) -> Field | None:
        """The outcome."""
        return next(iter(self.with_role(Role.TARGET)), None)

    @property
    def date(self) -> Field | None:
        """The application date."""
        return next(iter(self.with_role(Role.DATE)), None)

    def columns_to_score(self) -> tuple[str, ...]:
        """Columns without which an application cannot be scored, in dictionary order."""
        sources = {name for f in self.features if f.formula for name in f.formula.of}
        return tuple(
            f.name
            for f in self.fields
            if f.name in sources
            or (f.role in (Role.ID, Role.DATE, Role.FEATURE) and f.formula is None)
        )

    def columns_to_train(self) -> tuple[str, ...]:
        """The same, with the target."""
        extra = {self.target.name} if self.target else set()
        needed = set(self.columns_to_score()) | extra
        return tuple(f.name for f in self.fields if f.name in needed)

    def digest(self) -> str:
        """SHA-256 over everything the dictionary says of the data.

        Left out is what no score can follow from: review notes, what applicants can change,
        cross-checks, and keys, whose ties reach a model as columns of their own.
        """
        notes = {"__all__": {"review", "changeable", "key", "hub_above"}}
        said = self.model_dump_json(exclude={"fields": notes, "checks": True})
        return hashlib.sha256(said.encode()).hexdigest()


def explain(error: ValidationError, where: str, fields: Iterable[str] = ()) -> str:
    """One line for the first thing pydantic found: file, place, and what is expected."""
    # A misspelt key first: the missing one it leaves behind is no news then.
    first = min(error.errors(), key=lambda found: found["type"] != "extra_forbidden")
    names = list(fields)
    place: list[str] = []
    for part in first["loc"]:
        named = isinstance(part, int) and place == ["fields"] and part < len(names)
        place.append(names[int(part)] if named else str(part))
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    if first["type"] == "extra_forbidden":
        return f'{where}: unknown key "{".".join(place)}"; correct its spelling or remove it{more}'
    message = first["msg"].removeprefix("Value error, ")
    return f"{where}: {'.'.join(place) or 'file'}: {message}{more}"


def _is_number(text: str) -> bool:
    try:
        return not math.isnan(float(text))
    except ValueError:
        return False
