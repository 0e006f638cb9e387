"""What a product needs against what is there."""

import pytest

from pipelines.intake.checklist import checklist
from pipelines.intake.kinds import Confidence, Kind
from pipelines.intake.reading import Filed
from risk.papers import Paper, Unread
from tests.pipelines.intake.given import DICTIONARY, RULES, said


def paper(
    kind: str, confidence: Confidence, text: str = "x", same_as: str = ""
) -> tuple[Filed, Kind]:
    unread = None if text else Unread.NO_TEXT_LAYER
    return Filed(Paper(name=kind, text=text, unread=unread), "", 0, same_as), Kind(kind, confidence)


@pytest.mark.parametrize(
    ("papers", "states"),
    [
        ([], ["missing", "missing"]),
        ([paper("form", "sure"), paper("guarantee", "likely")], ["there", "there"]),
        ([paper("form", "doubtful"), paper("contract", "sure", "")], ["doubtful", "unread"]),
        ([paper("form", "sure", same_as="other"), paper("other", "none")], ["missing", "missing"]),
        ([paper("contract", "confirmed", "")], ["missing", "there"]),
    ],
)
def test_a_needed_paper_is_there_doubtful_unread_or_missing(
    papers: list[tuple[Filed, Kind]], states: list[str]
) -> None:
    found = checklist(RULES.product(""), DICTIONARY, papers, tuple(said().values()))
    assert [needed.state for needed in found.papers] == states


def test_without_a_list_every_field_is_needed_without_which_nothing_is_scored() -> None:
    readings = tuple(said("月收入：8000\n借款期限：约两年").values())
    found = checklist(RULES.product(""), DICTIONARY, [], readings)
    assert {needed.field: needed.state for needed in found.fields} == {
        "application_id": "missing", "application_date": "missing", "income": "exact",
        "amount": "missing", "term": "read", "usage": "missing", "cards": "missing",
        "housing": "missing",
    }  # fmt: skip
    assert found.open == 2 + 7
    quick = checklist(RULES.product("quick"), DICTIONARY, [], readings)
    assert (len(quick.fields), quick.open) == (1, 0)
