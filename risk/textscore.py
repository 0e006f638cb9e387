"""The cheap rival of the reasoning pass: TF-IDF of the documents and a logistic regression.

A measuring stick: what it gains over the model alone, reasoning has to gain before its cost is
worth talking about. It is never shipped, never saved, and moves no score.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Self

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.special import expit

from features.dictionary import DataDictionary, Role
from features.encoding import FloatArray
from risk.instructions import neutralise
from risk.named import named
from risk.overlay_fit import check_enough
from risk.redaction import Redactor

if TYPE_CHECKING:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

FOLDS = 5
STRENGTHS = (0.01, 0.1, 1.0)
MOST_TERMS = 20_000
# The model's log-odds are spread wide beside text features of length 1, so that the penalty
# which restrains the text leaves them alone.
_SPREAD = 10.0


class TextScore:
    """Log-odds from the model's own and the words of the documents.

    Characters and not words are counted, so that Chinese needs no segmentation.

    Attributes:
        held_out: Log-odds of the rows that it was fitted on, each by a regression without it.
    """

    def __init__(
        self,
        terms: "TfidfVectorizer | None",
        regression: "LogisticRegression",
        held_out: FloatArray,
    ) -> None:
        """Made by `fit`."""
        self._terms, self._regression = terms, regression
        self.held_out = held_out

    @classmethod
    def fit(
        cls, texts: Sequence[str], log_odds: FloatArray, y: FloatArray, *, seed: int = 0
    ) -> Self:
        """Fit on labelled rows; the penalty is chosen among `STRENGTHS` by cross-validation.

        Args:
            texts: The redacted documents of each of n rows, as one text.
            log_odds: The model's log-odds on rows that it was not trained on, shape (n,).
            y: 1 for default, 0 for repaid, shape (n,).
            seed: Draws the folds.

        Raises:
            DataError: Too few rows or bads, as in `risk.overlay_fit.fit`.
        """
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.metrics import log_loss

        check_enough(y)
        terms = TfidfVectorizer(
            analyzer="char_wb",
            ngram_range=(2, 4),
            min_df=max(3, len(y) // 500),
            max_features=MOST_TERMS,
            sublinear_tf=True,
        )
        try:
            # Which terms there are is no outcome, so the folds may share them.
            found = terms.fit_transform(texts)
        except ValueError:
            # Texts without a single common term are refused: then there is nothing in them.
            terms, found = None, None
        x = _beside(found, log_odds)
        tried = {strength: _held_out(x, y, strength, seed) for strength in STRENGTHS}
        best = min(STRENGTHS, key=lambda strength: float(log_loss(y, expit(tried[strength]))))
        return cls(terms, _regression(best).fit(x, y), tried[best])

    def log_odds(self, texts: Sequence[str], log_odds: FloatArray) -> FloatArray:
        """Log-odds of other rows, shape (n,)."""
        found = None if self._terms is None else self._terms.transform(texts)
        x = _beside(found, log_odds)
        return np.asarray(self._regression.decision_function(x), np.float64)


def redacted(accepted: pd.DataFrame, dictionary: DataDictionary) -> list[str]:
    """The documents of each application as one text, cleaned and redacted as in its case file.

    Args:
        accepted: The accepted frame of `features.intake.check`, n rows.
        dictionary: Its data dictionary.
    """
    documents = [f.name for f in dictionary.with_role(Role.DOCUMENT) if f.name in accepted.columns]
    known = [f.name for f in dictionary.fields if f.personal and f.name in accepted.columns]
    rows = accepted[list(dict.fromkeys([*documents, *known]))].to_dict("records")
    return [_text({str(k): v for k, v in row.items()}, documents, dictionary) for row in rows]


def _text(row: dict[str, object], documents: Sequence[str], dictionary: DataDictionary) -> str:
    texts = [text for name in documents if isinstance(text := row[name], str)]
    redactor = Redactor(row, dictionary, named(texts))
    return "\n".join(redactor.text(neutralise(text)) for text in texts)


def _beside(found: sparse.csr_matrix | None, log_odds: FloatArray) -> sparse.csr_matrix:
    model = sparse.csr_matrix(log_odds[:, None] * _SPREAD)
    return model if found is None else sparse.hstack([model, found], format="csr")


def _regression(strength: float) -> "LogisticRegression":
    from sklearn.linear_model import LogisticRegression

    # Many times faster here than the default solver; it penalises the intercept, so that is wide.
    return LogisticRegression(
        C=strength, solver="liblinear", intercept_scaling=_SPREAD, max_iter=1000
    )


def _held_out(x: sparse.csr_matrix, y: FloatArray, strength: float, seed: int) -> FloatArray:
    """Log-odds of each row by a regression without it."""
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    found = cross_val_predict(_regression(strength), x, y, cv=folds, method="decision_function")
    return np.asarray(found, np.float64)
