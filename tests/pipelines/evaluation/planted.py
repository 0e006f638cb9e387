"""Back ends of tests: one reads the planted truth of the synthetic book, one knows nothing.

Both answer in the template's claims, so that only the opinion differs.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import pandas as pd

from risk.reasoning.backends import template
from risk.reasoning.backends.base import Answered, Failed, Failure, Outcome, Request
from risk.reasoning.claims import NoOpinion, Opinion

AGREES = Opinion(stance="agree", confidence="medium")


class Opinionated:
    """Answers with the opinion that it was given for each application.

    Args:
        opinions: By application id; who is not in it gets no opinion.
        failing: Applications whose request fails, and how.
    """

    name = "planted"

    def __init__(
        self, opinions: Mapping[str, Opinion], failing: Mapping[str, Failure] | None = None
    ) -> None:
        self.opinions, self.failing = opinions, failing or {}
        self.asked: list[str] = []
        said = sorted(f"{key} {opinion.model_dump_json()}" for key, opinion in opinions.items())
        self.identity = f"planted/{hashlib.sha256(''.join(said).encode()).hexdigest()}"

    def answer(self, requests: Iterable[Request | None]) -> Iterator[tuple[Request, Outcome]]:
        for request in filter(None, requests):
            self.asked.append(request.application_id)
            failure = self.failing.get(request.application_id)
            if failure:
                yield request, Failed(code=failure, prompt_tokens=900, seconds=1.0)
                continue
            opinion = self.opinions.get(request.application_id, NoOpinion(no_opinion="refused"))
            told = template.compose(request.case, request.language)
            text = told.model_copy(update={"opinion": opinion}).model_dump_json()
            yield (
                request,
                Answered(
                    text=text,
                    model="planted-1",
                    prompt_tokens=1000,
                    answer_tokens=500,
                    seconds=2.0,
                ),
            )


def _concern(confidence: str) -> Opinion:
    return Opinion.model_validate(
        {"stance": "concern", "direction": "raises", "confidence": confidence}
    )


def by_documents(truth: pd.DataFrame, noise: float, seed: int = 0) -> dict[str, Opinion]:
    """What a careful reader of the documents would say: mood and contradictions, with noise.

    Args:
        truth: `Book.truth`.
        noise: Share of the opinions drawn at random instead.
        seed: Of the noise.
    """
    contradicted = truth["contradiction_kind"].notna().to_numpy()
    poor = (truth["mood"] == "poor").to_numpy()
    level = np.select([contradicted & poor, contradicted, poor], [3, 3, 2], 0)
    return _given(truth, level, noise, seed)


def by_outcome(
    truth: pd.DataFrame, bad: pd.Series, noise: float, seed: int = 0
) -> dict[str, Opinion]:
    """What nobody could know: who will default; for tests that need a strong signal on few rows."""
    level = np.where(bad.to_numpy() == 1, 3, 0)
    return _given(truth, level, noise, seed)


def at_random(truth: pd.DataFrame, seed: int = 0) -> dict[str, Opinion]:
    """Opinions that know nothing."""
    return _given(truth, np.zeros(len(truth), dtype=np.int64), 1.0, seed)


def _given(truth: pd.DataFrame, level: np.ndarray, noise: float, seed: int) -> dict[str, Opinion]:
    rng = np.random.default_rng(seed)
    drawn = rng.choice(4, len(truth), p=[0.7, 0.1, 0.1, 0.1])
    level = np.where(rng.random(len(truth)) < noise, drawn, level)
    said = [AGREES, *map(_concern, ("low", "medium", "high"))]
    return {str(k): said[at] for k, at in zip(truth["application_id"], level, strict=True)}
