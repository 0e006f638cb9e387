"""Whatever the section on reasoning may say has its words, and reads back as it was written."""

from dataclasses import replace
from typing import get_args

import pytest

from features.language import LANGUAGES, catalogue
from pipelines.pages.page import html
from pipelines.store import Review
from risk.reasoning.backends.base import Failure
from risk.reasoning.claims import ClaimKind, NoOpinionReason
from risk.reasoning.findings import Check
from risk.report.document import Report
from risk.report.evidence import Evidence, Pair, Reasoned
from risk.report.reasoning import section as reasoning
from risk.report.reasoning.causes import CAUSES
from tests.risk.report.passes import RISKY, Told, cases, ids, reasoned, reviews
from tests.risk.report.scene import evidence

COME = {
    "check": tuple(Check),
    "claim": tuple(ClaimKind),
    "cause": tuple(cause for cause in CAUSES if cause != "score"),
    "opinion": (
        "agree", "none", *(f"none-{why}" for why in get_args(NoOpinionReason)),
        *(f"concern-{side}" for side in ("raises", "lowers", "neutral")),
    ),
    "action": get_args(Review.model_fields["action"].annotation),
    "moved_in": ("both", "first", "second", "neither"),
    "moved_by": ("opinion", "instruction", "opinion-instruction", "nothing"),
}  # fmt: skip


def known(told: Reasoned | None) -> Evidence:
    return replace(evidence(), reasoned=told)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_section_is_a_page_in_both_languages(language: str) -> None:
    asked = cases(120)
    approved = ids(asked, "approve")
    said = reviews((approved[0], "accept", "refer"), (approved[1], "ask", None))
    one = reasoned(
        asked,
        Told(dict.fromkeys(approved[::3], RISKY), {approved[1]: Failure.TIMEOUT}, approved[3:9]),
        reviews=said,
    )
    other = reasoned(asked, Told(), "zh", identity={"back_end.model": "another"})
    sections = (
        reasoning.validated(known(one)),
        reasoning.validated(known(None)),
        reasoning.compared(Pair(known(one), known(other))),
        reasoning.compared(Pair(known(one), known(None))),
    )
    for section in sections:
        report = Report(kind="comparison", portfolio="p", subjects=("a", "b"), sections=(section,))
        assert html(report, language)
        assert Report.from_json(report.to_json()) == report


@pytest.mark.parametrize("kind", sorted(COME))
def test_words_are_there_for_whatever_may_come(kind: str) -> None:
    texts = catalogue("risk.report").texts
    assert {f"word.{kind}.{each}" for each in COME[kind]} <= texts.keys()
