"""A seeded loan book: simulated Chinese consumer loans with documents, and the truth behind them.

What is true of the applicants is drawn first; default depends on it. The form then leaves some of
it out and, for a few applicants, says something else than the documents do. All of that is
recorded in `Book.truth` and none of it stands in the applications.

Age, gender and marital status have no effect of their own on default. The model cannot see the
officer's impression, the rings and the contradictions, so a perfect one still falls short of
`true_pd`.
"""

from datetime import date
from importlib import resources
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit

from features.dictionary import DataDictionary
from features.encoding import FloatArray
from features.errors import DataError
from features.synthetic.documents import CONTRADICTIONS, DOCUMENTS, write
from features.synthetic.loans import applicants, borrowing, form_log_odds
from features.synthetic.people import Rings, form_rings, people

DEFAULT_RATE = 0.088
CONTRADICTION_SHARE = 0.04
INJECTION_SHARE = 0.02

_RISK_SPREAD = 1.12  # set so that a good model reaches an AUC of about 0.79
_RARITY = {"tenure": 4.0, "housing": 4.0, "debt": 2.0}  # few can be planted: they come first
_UNTRUE_PURPOSES = ("stocks", "repay_others", "lend_on", "down_payment")
_CHANCE_OF_NULL = {
    "monthly_income": 0.03,
    "education": 0.04,
    "housing": 0.015,
    "employment_type": 0.01,
    "existing_debt": 0.02,
    "monthly_repayment": 0.025,
    "marital_status": 0.02,
}
BoolArray = npt.NDArray[np.bool_]


class Book(NamedTuple):
    """A loan book.

    Attributes:
        applications: One row per application, by date, under the dictionary's names. Counts and
            amounts with missing values are floats.
        truth: The same rows: application_id; true_pd; language; mood (good, neutral or poor: the
            impression the documents give); contradiction_kind, _field, _document, _start, _end,
            _form and _found (what the form says, and the document's words for it); ring_id and
            ring_before (members that applied earlier); injection_kind, _document, _start, _end.
            What was not planted is missing.
        dictionary: Describes the applications.
    """

    applications: pd.DataFrame
    truth: pd.DataFrame
    dictionary: DataDictionary


def book_dictionary() -> DataDictionary:
    """The data dictionary of every synthetic book."""
    file = resources.files("features.synthetic") / "dictionary.toml"
    return DataDictionary.parse(file.read_text("utf-8"), "synthetic/dictionary.toml")


def make_book(
    rows: int,
    seed: int = 0,
    *,
    start: date = date(2023, 1, 1),
    months: int = 30,
    language: Literal["zh", "en", "mixed"] = "mixed",
) -> Book:
    """Simulate a loan book; the same arguments give the same bytes.

    Args:
        rows: Number of applications, at least 1.
        seed: Seed of all chance, at least 0.
        start: First application date.
        months: Length of the book; dates are spread over it with slowly growing volume.
        language: Language of the documents; `mixed` writes 7 of 10 in Chinese.

    Returns:
        The book. Outcomes are known for all rows, 12 months after the application.

    Raises:
        DataError: An argument is out of its range.
    """
    if rows < 1 or seed < 0 or months < 1:
        raise DataError("a synthetic book needs rows and months of at least 1, and seed at least 0")
    chance = [np.random.default_rng([seed, stream]) for stream in range(7)]
    rings = form_rings(rows, chance[0])
    english = _english(rings, language, chance[1])
    real = borrowing(applicants(rows, start, months, chance[2]), chance[3])
    real = real.join(people(real, rings, english, chance[4]))
    real["mood"] = chance[5].choice(["good", "neutral", "poor"], rows, p=[0.22, 0.58, 0.2])
    kind = _plant(real, rings, chance[5])
    said = _forge(real, kind, chance[5])
    pd_ = _true_pd(real, kind, rings, chance[5])
    told = _told(real, said, kind, english, chance[5])
    written = write(told, chance[6])
    truth = _truth(told, said, written, rings).assign(true_pd=pd_)
    said["default_flag"] = (chance[5].random(rows) < pd_).astype(np.int64)
    said = _leave_out(said, kind, chance[5]).join(written[list(DOCUMENTS)])
    dictionary = book_dictionary()
    columns = [field.name for field in dictionary.fields if field.formula is None]
    first = ["application_id", "true_pd"]
    order = first + [name for name in truth.columns if name not in first]
    return Book(said[columns], truth[order], dictionary)


def _english(rings: Rings, language: str, rng: np.random.Generator) -> BoolArray:
    """Whose documents are English; a ring writes in one language, so that its keys coincide."""
    rows = len(rings.number)
    own = rng.random(rows)
    per_ring = rng.random(max(1, int(rings.number.max()) + 1))
    draw = np.where(rings.number >= 0, per_ring[rings.number], own)
    return np.asarray(draw < {"zh": 0.0, "en": 1.0, "mixed": 0.3}[language])


def _plant(real: pd.DataFrame, rings: Rings, rng: np.random.Generator) -> npt.NDArray[np.object_]:
    """Choose who contradicts the documents, and about what; an empty name where nobody does."""
    wage = real["employment_type"].isin(["salaried", "public_sector"])
    able = {
        "income": real["monthly_income"] > 0,
        "employer": wage & (real["employer"] != real["other_employer"]) & (rings.number < 0),
        "tenure": wage & (real["employment_months"] <= 30) & (real["age"] >= 28),
        "debt": real["existing_debt"] >= 20_000,
        "purpose": ~real["purpose"].isin(["debt_consolidation", "other"]),
        "housing": real["housing"].eq("rent"),
    }
    able = {kind: able[kind] for kind in CONTRADICTIONS}
    rarity = np.array([_RARITY.get(name, 1.0) for name in able])
    wish = rng.random((len(real), len(able))) ** (1 / rarity)
    wish = wish * np.column_stack(list(able.values()))
    names: npt.NDArray[np.object_] = np.array(list(able), dtype=object)
    kind = np.asarray(names[wish.argmax(axis=1)])
    kind[~_some(len(real), CONTRADICTION_SHARE, rng)] = ""
    return kind


def _some(rows: int, share: float, rng: np.random.Generator) -> BoolArray:
    """Exactly a share of the rows, by chance."""
    chosen = np.zeros(rows, dtype=np.bool_)
    chosen[rng.permutation(rows)[: round(rows * share)]] = True
    return chosen


def _forge(
    real: pd.DataFrame, kind: npt.NDArray[np.object_], rng: np.random.Generator
) -> pd.DataFrame:
    """What applicants say of themselves: the truth, except where a contradiction is planted."""
    said, more = real.copy(), rng.random(len(real))
    income = np.round(real["monthly_income"] * (1.7 + more) / 500) * 500
    said["monthly_income"] = real["monthly_income"].mask(kind == "income", income)
    tenure = real["employment_months"] + np.round(24 + 36 * more)
    said["employment_months"] = real["employment_months"].mask(kind == "tenure", tenure)
    debt = np.floor(real["existing_debt"] * 0.45 * more / 1000) * 1000
    said["existing_debt"] = real["existing_debt"].mask(kind == "debt", debt)
    said["employer"] = real["employer"].mask(kind == "employer", real["other_employer"])
    said["housing"] = real["housing"].mask(kind == "housing", "own")
    return said


def _true_pd(
    real: pd.DataFrame, kind: npt.NDArray[np.object_], rings: Rings, rng: np.random.Generator
) -> FloatArray:
    """PD from everything that matters, seen or unseen, with the book's mean at `DEFAULT_RATE`."""
    unseen = real["mood"].map({"good": -0.45, "neutral": 0.0, "poor": 0.55}).to_numpy(float)
    unseen = unseen + 0.7 * (kind != "") + 0.65 * np.log2(1.0 + rings.before)
    unseen += 0.15 * real["drift"].to_numpy() + 0.3 * rng.normal(size=len(real))
    log_odds = _RISK_SPREAD * form_log_odds(real) + unseen
    low, high = -30.0, 30.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (
            (middle, high) if expit(log_odds + middle).mean() < DEFAULT_RATE else (low, middle)
        )
    return np.asarray(expit(log_odds + low))


def _told(
    real: pd.DataFrame,
    said: pd.DataFrame,
    kind: npt.NDArray[np.object_],
    english: BoolArray,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Everything the documents are written from."""
    untrue = np.array(_UNTRUE_PURPOSES)[rng.integers(0, len(_UNTRUE_PURPOSES), len(real))]
    return real.assign(
        language=np.where(english, "en", "zh"),
        contradiction_kind=kind,
        injected=_some(len(real), INJECTION_SHARE, rng),
        income_said=said["monthly_income"],
        income_found=real["monthly_income"],
        employer_said=said["employer"],
        employer_found=real["employer"],
        tenure_said=said["employment_months"],
        tenure_found=real["employment_months"],
        debt_found=real["existing_debt"],
        repayment_found=real["monthly_repayment"],
        purpose_told=real["purpose"].mask(kind == "purpose", untrue),
        housing_found=real["housing"],
    )


def _truth(
    told: pd.DataFrame, said: pd.DataFrame, written: pd.DataFrame, rings: Rings
) -> pd.DataFrame:
    """What was planted, one row per application."""
    truth = told[["application_id", "language", "mood"]].copy()
    kind = told["contradiction_kind"].tolist()
    places = [CONTRADICTIONS.get(name) for name in kind]
    values = {f: said[f].tolist() for f in {place.field for place in CONTRADICTIONS.values()}}
    columns = {
        "contradiction_kind": [name or None for name in kind],
        "contradiction_field": [place and place.field for place in places],
        "contradiction_document": [place and place.document for place in places],
        "contradiction_form": [
            _plain(values[place.field][at]) if place else None for at, place in enumerate(places)
        ],
        "ring_id": [f"R{ring + 1:05d}" if ring >= 0 else None for ring in rings.number.tolist()],
    }
    for name, column in columns.items():
        truth[name] = pd.Series(column, index=truth.index, dtype="str")
    truth["ring_before"] = pd.Series(rings.before, index=truth.index).mask(rings.number < 0)
    truth["ring_before"] = truth["ring_before"].astype("Int64")
    places_in_text = [name for name in written.columns if name not in DOCUMENTS]
    return truth.join(written[places_in_text])


def _plain(value: object) -> str:
    return f"{value:.0f}" if isinstance(value, float) else str(value)


def _leave_out(
    said: pd.DataFrame, kind: npt.NDArray[np.object_], rng: np.random.Generator
) -> pd.DataFrame:
    """Empty some answers of the form, but none that a planted contradiction is about."""
    for name, chance in _CHANCE_OF_NULL.items():
        about = np.isin(kind, [k for k, place in CONTRADICTIONS.items() if place.field == name])
        # Those under stress leave a little more unsaid.
        share = chance * np.exp(0.25 * said["stress"].to_numpy())
        said[name] = said[name].mask((rng.random(len(said)) < share) & ~about)
    return said
