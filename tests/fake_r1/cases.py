"""Case files of the seeded loan book in one language, each with what was planted in it.

Contributions are drawn so that they agree with the direction that the dictionary promises, as a
monotone model's do; ties are drawn too, since a small book has few rings.
"""

from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from features.dictionary import DataDictionary
from features.encoding import FloatArray, directions, encode
from features.intake import check
from features.language import Language, Text
from features.synthetic import make_book
from risk.casefile import CaseFile
from risk.decision import Reason, Score
from risk.filing import Filing
from risk.policy import Recommendation
from risk.reasons import reasons
from risk.tied import Association

_TIES = {
    "phone": ("手机号码相同的此前申请", "earlier applications with the same mobile number"),
    "address": ("住址相同的此前申请", "earlier applications from the same address"),
    "employer": ("工作单位相同的近期申请", "recent applications from the same employer"),
    "guarantor_id": ("担保人相同的申请", "applications with the same guarantor"),
}


class Known(NamedTuple):
    """A case file and the truth behind it: the row of `Book.truth`."""

    case: CaseFile
    language: Language
    truth: dict[str, Any]


@cache
def known_cases(rows: int, language: Language, seed: int = 11) -> tuple[Known, ...]:
    """About `rows` case files, two of five with a planted contradiction where there are enough."""
    book = make_book(max(rows * 6, 600), seed=seed, language=language)
    accepted = check(book.applications, book.dictionary).accepted
    truth = book.truth.set_index("application_id")
    x = encode(accepted, book.dictionary)
    chance = np.random.default_rng([seed, 1])
    sides = _reasons(x, book.dictionary, chance)
    quantiles = np.nanpercentile(x, np.arange(101), axis=0).T
    filing = Filing(accepted, quantiles, book.dictionary)
    found = []
    for at in _chosen(accepted, truth, rows, chance):
        application_id = str(accepted["application_id"].iloc[at])
        case = filing.case(at, _score(application_id, sides, at), _ties(chance))
        found.append(Known(case, language, truth.loc[application_id].to_dict()))
    return tuple(found)


def _chosen(
    accepted: pd.DataFrame, truth: pd.DataFrame, rows: int, chance: np.random.Generator
) -> list[int]:
    """Places of rows with a contradiction and of others, three of the latter to two."""
    planted = truth.loc[accepted["application_id"], "contradiction_kind"].notna().to_numpy()
    with_one = np.flatnonzero(planted)[: rows * 2 // 5]
    others = chance.permutation(np.flatnonzero(~planted))[: rows - len(with_one)]
    return sorted([*with_one.tolist(), *others.tolist()])


def _reasons(x: FloatArray, dictionary: DataDictionary, chance: np.random.Generator) -> Any:
    """Reason codes by side, from the standing of each value and some chance."""
    place = pd.DataFrame(x).rank(pct=True).sub(0.5).fillna(0.0).to_numpy()
    weight = np.abs(chance.normal(1.0, 0.5, size=x.shape))
    sign = np.array(directions(dictionary), dtype=float)
    drawn = np.where(sign == 0, chance.normal(0.0, 0.4, size=x.shape), sign * place * weight)
    missing = np.isnan(x)
    drawn[missing] = np.abs(drawn[missing]) + chance.uniform(0.05, 0.4, missing.sum())
    return (
        reasons(drawn, x, dictionary, 4),
        reasons(drawn, x, dictionary, 2, side="protective"),
    )


def _score(application_id: str, sides: Any, at: int) -> Score:
    told = [
        tuple(
            Reason(rank=n, code=code, field=field, contribution=value)
            for n, (code, field, value) in enumerate(
                zip(side.codes[at], side.fields[at], side.values[at], strict=True), 1
            )
            if code
        )
        for side in sides
    ]
    return Score(
        application_id=application_id, pd_model=0.1, points=600, grade="C",
        recommendation=Recommendation.REFER, reasons=told[0], protective=told[1],
    )  # fmt: skip


def _ties(chance: np.random.Generator) -> tuple[Association, ...]:
    """None for half of the cases, else up to two ties."""
    how_many = int(chance.choice([0, 0, 1, 2]))
    chosen = chance.permutation(list(_TIES))[:how_many].tolist()
    return tuple(_tie(field, int(chance.integers(2, 9))) for field in chosen)


def _tie(field: str, count: int) -> Association:
    zh, en = _TIES[field]
    display = Text(zh=f"{count}笔", en=f"{count} applications")
    return Association(field=field, label=Text(zh=zh, en=en), value=float(count), display=display)
