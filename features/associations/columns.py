"""Ties as columns: which columns of a dictionary tie, and what is told as numbers, by name.

The columns are ordinary features: a model is trained on them as on any other, and they are scored,
explained and monitored like any other.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.associations.batch import Found, Key
from features.associations.groups import KINDS
from features.associations.keys import PREFIX, Kind
from features.associations.walking import WINDOWS
from features.dictionary import DataDictionary, Field, Group, Role, TieKey
from features.drafting.naming import spaced
from features.language import LANGUAGES, Text, catalogue

GROUP = "ties"
"""Key of the dictionary's group of these columns: together they are one reason."""
FOR_RULES = ("suspicion", "alarm")
"""Columns for hard rules and for people, not for a model."""
ALARM = f"{PREFIX}alarm"
LAST = f"{PREFIX}last_"
"""What the names of columns begin with that name another application."""
_OF_GUARANTORS = (
    "chain", "circle", "guarantees", "guarantor_open", "guarantor_late", "guarantor_worst"
)  # fmt: skip
_OF_PERSONAL: Mapping[str, TieKey] = {
    "mobile": "phone", "address": "address", "card": "account", "id_number": "person",
}  # fmt: skip
_SPACE: Mapping[TieKey, Kind] = {
    "phone": "phone", "address": "address", "employer": "employer", "person": "person",
    "guarantor": "person", "account": "account", "device": "device",
}  # fmt: skip
_USUAL: Mapping[TieKey, int] = {
    # A family shares an address, a firm its name; beyond, a value is a hub and names nobody.
    "phone": 20, "address": 50, "employer": 0, "person": 50, "guarantor": 50, "account": 20,
    "device": 20, "other": 20,
}  # fmt: skip


def keys_of(dictionary: DataDictionary) -> tuple[Key, ...]:
    """The columns whose values tie applications, in the dictionary's order."""
    return tuple(_key(field, kind) for field in dictionary.fields if (kind := _kind(field)))


def names_of(dictionary: DataDictionary) -> dict[str, Text]:
    """What people call the columns that tie, by their names in the dictionary.

    A column whose label is no more than its name is called by its kind, with the name behind it
    where several of a kind have no other.
    """
    kinds = {field.name: kind for field in dictionary.fields if (kind := _kind(field))}
    bare = [f.name for f in dictionary.fields if f.name in kinds and _bare(f, kinds[f.name])]
    several = {kind for kind, n in Counter(kinds[name] for name in bare).items() if n > 1}
    return {
        name: _called(name, kind, alone=kind not in several)
        if name in bare
        else dictionary[name].label
        for name, kind in kinds.items()
    }


def _bare(field: Field, kind: TieKey) -> bool:
    label = field.label
    return kind != "other" and label.zh == label.en and label.en in (field.name, spaced(field.name))


def _called(name: str, kind: TieKey, *, alone: bool) -> Text:
    words = catalogue("features")
    plain = words.texts[f"tie.key.{kind}"]
    told = {
        each: words.text(each, "tie.key.column", kind=plain.in_(each), column=name)
        for each in LANGUAGES
    }
    return plain if alone else Text(**told)


def _kind(field: Field) -> TieKey:
    if field.key or field.role != Role.ASSOCIATION or field.name.startswith(LAST):
        return field.key
    return _OF_PERSONAL.get(field.personal, "other")


def _key(field: Field, named: TieKey) -> Key:
    most = _USUAL[named] if field.hub_above is None else field.hub_above
    return Key(field.name, _SPACE.get(named, "other"), most, guarantor=named == "guarantor")


def table(found: Found, keys: tuple[Key, ...]) -> pd.DataFrame:
    """What a batch was told, one row each in its order.

    Returns:
        float64, and texts for ids of other applications; missing throughout where an id came
        twice, and the growth where nobody is tied.
    """
    recent, chains = found.seen.recent, found.chains
    columns: dict[str, NDArray[Any]] = {"group": found.seen.size, "suspicion": found.seen.suspicion}
    columns["alarm"] = found.seen.alarm
    for place, kind in enumerate(KINDS):
        for window, days in enumerate(WINDOWS):
            columns[f"{kind}_{days}d"] = recent[:, place, window]
    columns |= {f"same_{key.name}": found.seen.shared[:, n] for n, key in enumerate(keys)}
    year, month = recent[:, 0, -1].astype(float), recent[:, 0, 0]
    columns["growth"] = np.divide(month, year, where=year > 0, out=np.full(len(year), np.nan))
    columns |= {"chain": chains.length, "circle": chains.circle, "guarantees": chains.guarantees}
    columns |= {f"guarantor_{name}": each for name, each in found.backed._asdict().items()}
    made: dict[str, Any] = {
        PREFIX + name: np.where(found.repeated, np.nan, each) for name, each in columns.items()
    }
    for key, last in zip(keys, found.last, strict=True):
        if key.most:
            made[LAST + key.name] = last.to_pandas()
    return pd.DataFrame({field.name: made[field.name] for field in fields(keys)})


def fields(keys: tuple[Key, ...], dictionary: DataDictionary | None = None) -> tuple[Field, ...]:
    """The columns of `table` as a dictionary describes them.

    Args:
        keys: The columns that tie.
        dictionary: Names the keys as people call them.
    """
    labels = names_of(dictionary) if dictionary else {}
    described = [
        Field(
            name=PREFIX + name,
            role=Role.FEATURE,
            type="number",
            label=label,
            low=0,
            direction="rising",
            reason=_said("reason"),
            group=GROUP,
        )
        for name, label in _named(keys, labels)
    ]
    # What follows from other columns teaches a model nothing; hard rules look at it.
    described += [
        Field(name=PREFIX + name, role=Role.IGNORED, type="number", label=_said(name))
        for name in FOR_RULES
    ]
    # As associations they are read wherever case files are made, and reach no model.
    described += [
        Field(
            name=LAST + key.name,
            role=Role.ASSOCIATION,
            type="text",
            label=_shared("tie.last", label),
        )
        for key in keys
        if key.most
        for label in [labels.get(key.name, Text(zh=key.name, en=key.name))]
    ]
    return tuple(described)


def _named(keys: tuple[Key, ...], labels: Mapping[str, Text]) -> Iterator[tuple[str, Text]]:
    yield "group", _said("size")
    for kind in KINDS:
        for days in WINDOWS:
            yield f"{kind}_{days}d", _said(kind, days=days)
    for key in keys:
        label = labels.get(key.name, Text(zh=key.name, en=key.name))
        yield f"same_{key.name}", _shared("tie.same", label)
    yield "growth", _said("growth")
    if any(key.guarantor for key in keys):
        yield from ((name, _said(name)) for name in _OF_GUARANTORS)


def group() -> Group:
    """The group of these columns."""
    return Group(label=_said("group"), reason=_said("reason"))


def _said(name: str, **values: int) -> Text:
    words = catalogue("features")
    return Text(**{each: words.text(each, f"tie.{name}", **values) for each in LANGUAGES})


def _shared(name: str, label: Text) -> Text:
    words = catalogue("features")
    return Text(**{each: words.text(each, name, shared=label.in_(each)) for each in LANGUAGES})
