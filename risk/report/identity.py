"""What is judged: code, data, target, window, exclusions, versions; and what two runs differ in."""

from collections.abc import Iterator, Mapping

import pandas as pd

from features.dictionary import DataDictionary, Field, Formula
from features.language import LANGUAGES, Text, catalogue
from risk.display import called_by_name
from risk.report.document import Cell, Kind, Remark, Section, Table
from risk.report.evidence import Evidence, Pair
from risk.report.words import worded

KEY = "identity"
_ORDER = ("run", "model", "data", "dictionary", "target", "prompt", "reasoning")
"""What a reader asks about first; parameters and settings follow."""


def validated(evidence: Evidence) -> Section:
    """Everything that names the run."""
    frame = pd.DataFrame(evidence.identity.items(), columns=["what", "value"])
    frame["what"] = "identity." + frame["what"]
    kinds: dict[str, Kind] = {"what": "word", "value": "text"}
    return Section(key=KEY, tables=(Table.of("identity", frame, kinds),))


def compared(pair: Pair) -> Section:
    """Only what differs; how much is the same stands beside it."""
    sides = [_told(each) for each in pair.sides]
    names = sorted(sides[0].keys() | sides[1].keys(), key=_place)
    known = {name: [side.get(name) or None for side in sides] for name in names}
    different = [name for name, (a, b) in known.items() if a != b]
    rows = [(_called(name, pair), *known[name]) for name in different]
    counted: dict[str, Cell] = {"different": len(different), "all": len(names)}
    if not different:
        counted = {"all": len(names)}
    remark = Remark(
        key="differences" if different else "same",
        values=counted,
        kinds=dict.fromkeys(counted, "count"),
    )
    frame = pd.DataFrame(rows, columns=["what", "a", "b"], dtype=object)
    kinds: dict[str, Kind] = {"what": "text", "a": "text", "b": "text"}
    table = Table.of("differences", frame, kinds)
    return Section(key=KEY, tables=(table,) if different else (), remarks=(remark,))


def _told(evidence: Evidence) -> dict[str, Text | str]:
    """All that is known of a run, flat; words of people, such as its name, are left out."""
    reasoned = evidence.reasoned.identity if evidence.reasoned else {}
    return {
        **evidence.identity,
        **evidence.params,
        **{f"reasoning.{key}": value for key, value in reasoned.items()},
        **dict(_described(evidence.dictionary)),
    }


def _called(name: str, pair: Pair) -> Text | str:
    """What a thing is called: in words where it has some, and always as files have it."""
    first, _, rest = name.partition(".")
    if f"word.identity.{name}" in catalogue("risk.report"):
        return worded(f"identity.{name}")
    if first == "dictionary" and rest:
        return _called_field(rest, pair)
    if f"word.differs.{first}" not in catalogue("risk.report") or not rest:
        return name
    known = f"word.identity.{rest}" in catalogue("risk.report")
    return worded(f"differs.{first}", what=worded(f"identity.{rest}") if known else rest)


def _called_field(rest: str, pair: Pair) -> Text:
    """A key of a field in a dictionary; the field by its label, and by its name."""
    name, _, key = rest.rpartition(".")
    fields = {f.name: f for side in reversed(pair.sides) for f in side.dictionary.fields}
    label = fields[name].label
    shown = Text(zh=f"{label.zh}（{name}）", en=f"{label.en} ({name})")
    if called_by_name(label, name):
        shown = label
    said = worded("differs.place") if key == "place" else key
    return worded("differs.dictionary", field=shown, what=said)


def _described(dictionary: DataDictionary) -> Iterator[tuple[str, Text | str]]:
    """What a dictionary says of each field that can change a model or its words."""
    for place, field in enumerate(dictionary.fields):
        for key in field.model_dump(exclude={"name", "review"}, exclude_defaults=True):
            yield f"dictionary.{field.name}.{key}", _shown(getattr(field, key))
        if _first(dictionary, field):
            yield f"dictionary.{field.name}.place", str(place)


def _shown(value: object) -> Text | str:
    """What a dictionary says, as a person writes it."""
    if isinstance(value, bool):
        return worded("yes" if value else "no")
    if isinstance(value, Mapping):
        pairs = [(str(key), meant) for key, meant in value.items()]
        return Text(
            **{
                language: "; ".join(f"{key} = {meant.in_(language)}" for key, meant in pairs)
                for language in LANGUAGES
            }
        )
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    if isinstance(value, Formula):
        return f"{value.op}({', '.join(value.of)})"
    return value if isinstance(value, Text) else str(value)


def _first(dictionary: DataDictionary, field: Field) -> bool:
    """Whether a field's place in the model's matrix is its own to choose."""
    return field in dictionary.features


def _place(name: str) -> tuple[int, str]:
    first = name.split(".")[0]
    return (_ORDER.index(first) if first in _ORDER else len(_ORDER), name)
