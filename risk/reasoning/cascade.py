"""Two models in a row: a light one for every case, the full one where the light one is not enough.

The full model is asked where the light one has a concern, knows nothing to say, or did not give an
answer that holds; elsewhere the light one's answer stands.
"""

import hashlib
from collections.abc import Iterable, Iterator
from itertools import islice

from features.language import Language
from risk.casefile import CaseFile
from risk.reasoning.backends.base import Backend
from risk.reasoning.claims import Opinion
from risk.reasoning.reasoner import Rationale, reason

CHUNK = 1_000


def cascade(
    cases: Iterable[CaseFile], light: Backend, full: Backend, language: Language, chunk: int = CHUNK
) -> Iterator[Rationale]:
    """Reason about cases with both models; one record for each case, in their order.

    Args:
        cases: The case files; read `chunk` at a time, which bounds the memory in use.
        light: Asked about every case.
        full: Asked where `needs_full` says so.
        language: The language to answer in.
        chunk: Cases the light model is asked about before the full one is.

    Returns:
        The full model's record where it was asked, with tokens and seconds of both; while its
        answer is pending the light one's words stay, marked pending.
    """
    waiting = iter(cases)
    while batch := tuple(islice(waiting, chunk)):
        first = tuple(reason(batch, light, language))
        hard = [case for case, made in zip(batch, first, strict=True) if needs_full(made)]
        second = reason(hard, full, language)
        for made in first:
            yield _together(made, next(second)) if needs_full(made) else made


def needs_full(made: Rationale) -> bool:
    """Whether the light model's record is not enough.

    It is where the light model agrees with the score's reasons in claims that all hold.
    """
    agrees = isinstance(made.opinion, Opinion) and made.opinion.stance == "agree"
    holds = not any(f.claim is not None or f.question is not None for f in made.findings)
    return made.status != "answered" or not agrees or not holds


def _together(light: Rationale, full: Rationale) -> Rationale:
    """The record to go by, with what both cost and both were told."""
    standing = full
    if full.status == "pending" and light.status == "answered":
        standing = light.model_copy(
            update={"status": "pending", "code": full.code, "detail": full.detail}
        )
    digests = f"{light.evidence_digest}\0{full.evidence_digest}"
    return standing.model_copy(
        update={
            "light_model": light.model,
            "evidence_digest": hashlib.sha256(digests.encode()).hexdigest(),
            "prompt_tokens": light.prompt_tokens + full.prompt_tokens,
            "answer_tokens": light.answer_tokens + full.answer_tokens,
            "seconds": light.seconds + full.seconds,
        }
    )
