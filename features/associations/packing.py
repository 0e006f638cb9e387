"""All that is remembered of ties as plain arrays, by name, and back."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.associations.batch import OUTCOMES, Key, News, Reports, Waiting
from features.associations.groups import Events, Memory
from features.associations.guarantees import Vouched
from features.associations.loans import Loans, Standing
from features.associations.names import Names
from features.associations.numbering import Numbers
from features.associations.state import Ties

Arrays = dict[str, NDArray[Any]]


def packed(ties: Ties) -> Arrays:
    """The arrays; `unpacked` makes the same of them."""
    found: Arrays = {"day": ties.day, "waiting.day": np.array([ties.waiting.day])}
    found |= {"waiting.ids": ties.waiting.ids, "waiting.values": ties.waiting.values}
    found |= _named("names", ties.names) | _named("waiting.names", ties.waiting.names)
    found |= _named("ids", ties.ids) | _named("groups", ties.groups)
    found |= _named("vouched", ties.vouched) | _named("loans", ties.loans)
    found |= _named("standing", ties.standing) | _named("waiting.reports", ties.waiting.reports)
    for kind, numbers in ties.values.items():
        found |= _named(f"values.{kind}", numbers)
    for outcome, events, news in zip(OUTCOMES, ties.known, ties.waiting.news, strict=True):
        found |= _named(f"known.{outcome}", events) | _named(f"waiting.{outcome}", news)
    return found


def unpacked(keys: tuple[Key, ...], arrays: Mapping[str, NDArray[Any]]) -> Ties:
    """What was packed, for the same keys.

    Raises:
        KeyError: An array is not there.
    """
    news = tuple(News(*_fields(News, f"waiting.{each}", arrays)) for each in OUTCOMES)
    return Ties(
        keys,
        Waiting(
            int(arrays["waiting.day"][0]),
            arrays["waiting.ids"],
            arrays["waiting.values"],
            Names(*_fields(Names, "waiting.names", arrays)),
            news,
            Reports(*_fields(Reports, "waiting.reports", arrays)),
        ),
        arrays["day"],
        Numbers(*_fields(Numbers, "ids", arrays)),
        Names(*_fields(Names, "names", arrays)),
        {
            name.split(".")[1]: Numbers(*_fields(Numbers, name.rpartition(".")[0], arrays))
            for name in arrays
            if name.startswith("values.") and name.endswith(".digests")
        },
        Memory(*_fields(Memory, "groups", arrays)),
        tuple(Events(*_fields(Events, f"known.{each}", arrays)) for each in OUTCOMES),
        Vouched(*_fields(Vouched, "vouched", arrays)),
        Loans(*_fields(Loans, "loans", arrays)),
        Standing(*_fields(Standing, "standing", arrays)),
    )


def _named(name: str, parts: Any) -> Arrays:
    return {f"{name}.{part}": value for part, value in parts._asdict().items()}


def _fields(kind: Any, name: str, arrays: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
    return [arrays[f"{name}.{part}"] for part in kind._fields]
