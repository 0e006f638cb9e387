"""Case files of the synthetic loan book, with contributions drawn at random."""

import numpy as np
import pytest

from features.encoding import encode
from features.intake import check
from features.synthetic import make_book
from risk.casefile import CaseFile
from risk.decision import Reason, Score
from risk.filing import Filing
from risk.policy import Recommendation
from risk.reasons import reasons

ROWS = 150


@pytest.fixture(scope="session")
def cases() -> list[CaseFile]:
    """Case files of many applicants, documents in Chinese and English."""
    book = make_book(ROWS, seed=3)
    accepted = check(book.applications, book.dictionary).accepted
    x = encode(accepted, book.dictionary)
    drawn = np.random.default_rng(5).normal(size=x.shape)
    adverse = reasons(drawn, x, book.dictionary, 4)
    protective = reasons(drawn, x, book.dictionary, 2, side="protective")
    quantiles = np.nanpercentile(x, np.arange(101), axis=0).T
    filing = Filing(accepted, quantiles, book.dictionary)
    found = []
    for at, application_id in enumerate(accepted["application_id"]):
        sides = [
            tuple(
                Reason(rank=n, code=code, field=field, contribution=value)
                for n, (code, field, value) in enumerate(
                    zip(side.codes[at], side.fields[at], side.values[at], strict=True), 1
                )
                if code
            )
            for side in (adverse, protective)
        ]
        score = Score(
            application_id=str(application_id), pd_model=0.1, points=600, grade="C",
            recommendation=Recommendation.REFER, reasons=sides[0], protective=sides[1],
        )  # fmt: skip
        found.append(filing.case(at, score))
    return found
