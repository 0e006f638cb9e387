"""What is judged: code, data, target, window, exclusions, versions; and what two runs differ in."""

from collections.abc import Iterator, Mapping

import pandas as pd

from features.dictionary import DataDictionary, Field
from features.language import Text
from risk.report.document import Cell, Kind, Remark, Section, Table
from risk.report.evidence import Evidence, Pair

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
    rows = [(name, *(side.get(name, "") for side in sides)) for name in names]
    different = [row for row in rows if row[1] != row[2]]
    counted: dict[str, Cell] = {"different": len(different), "all": len(rows)}
    if not different:
        counted = {"all": len(rows)}
    remark = Remark(
        key="differences" if different else "same",
        values=counted,
        kinds=dict.fromkeys(counted, "count"),
    )
    frame = pd.DataFrame(different, columns=["what", "a", "b"])
    kinds: dict[str, Kind] = {"what": "text", "a": "text", "b": "text"}
    table = Table.of("differences", frame, kinds)
    return Section(key=KEY, tables=(table,) if different else (), remarks=(remark,))


def _told(evidence: Evidence) -> dict[str, str]:
    """All that is known of a run, flat; words of people, such as its name, are left out."""
    reasoned = evidence.reasoned.identity if evidence.reasoned else {}
    return {
        **_below("", evidence.identity),
        **_below("", evidence.params),
        **_below("reasoning.", reasoned),
        **dict(_described(evidence.dictionary)),
    }


def _below(prefix: str, values: Mapping[str, Text | str]) -> dict[str, str]:
    """Values under names; where one has words in two languages, either tells it from others."""
    return {f"{prefix}{key}": v.en if isinstance(v, Text) else v for key, v in values.items()}


def _described(dictionary: DataDictionary) -> Iterator[tuple[str, str]]:
    """What a dictionary says of each field that can change a model or its words."""
    for place, field in enumerate(dictionary.fields):
        said = field.model_dump(mode="json", exclude={"name", "review"}, exclude_defaults=True)
        for key, value in said.items():
            yield f"dictionary.{field.name}.{key}", str(value)
        if _first(dictionary, field):
            yield f"dictionary.{field.name}.place", str(place)


def _first(dictionary: DataDictionary, field: Field) -> bool:
    """Whether a field's place in the model's matrix is its own to choose."""
    return field in dictionary.features


def _place(name: str) -> tuple[int, str]:
    first = name.split(".")[0]
    return (_ORDER.index(first) if first in _ORDER else len(_ORDER), name)
