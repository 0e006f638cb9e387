import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from features.synthetic import make_book
from pipelines.errors import TrackingError
from pipelines.tracking import Traced, TracePlan, Tracking
from risk.casefile import CaseFile
from risk.policy import Recommendation
from risk.reasoning.backends.base import Answered, Failed, Failure, Outcome, Request
from risk.reasoning.backends.template import compose
from risk.reasoning.claims import Claim, ClaimKind, Opinion
from risk.reasoning.reasoner import reason
from tests.pipelines.tracking.conftest import Record, Room, record
from tests.risk.reasoning.conftest import ROWS
from tests.risk.reasoning.test_reasoner import Scripted

THOUGHT = "between you and me, this one reminds me of my uncle"
MOBILE = "13912345678"


def good(request: Request) -> Answered:
    return said(compose(request.case, request.language).model_dump_json())


def said(text: str) -> Answered:
    return Answered(
        text=text, thinking=THOUGHT, model="r1", prompt_tokens=70, answer_tokens=30, seconds=1.5
    )


def talkative(request: Request) -> Answered:
    """Writes out a number that the file only spells in words."""
    answer = compose(request.case, request.language)
    claim = Claim(
        kind=ClaimKind.DOCUMENT, direction="raises", facts=("F1",), sentence=f"电话是{MOBILE}"
    )
    return said(answer.model_copy(update={"claims": (claim, *answer.claims)}).model_dump_json())


def silent(request: Request) -> Failed:
    return Failed(code=Failure.TIMEOUT)


def records(cases: list[CaseFile], reply: Callable[[Request], Outcome] = good) -> list[Record]:
    return [record(c, r) for c, r in zip(cases, reason(cases, Scripted(reply), "zh"), strict=True)]


def plan(room: Room, made: list[Record], **more: Any) -> TracePlan:
    return TracePlan(room.run(), "key-1", len(made), **more)


def attribute(span: Any, name: str) -> Any:
    return span.attributes[name]


def test_every_case_has_a_trace_that_hangs_on_its_run(room: Room, cases: list[CaseFile]) -> None:
    made = records(cases[:3])
    asked_with = room.tracking.prompt("zh")
    planned = plan(room, made, prompt=asked_with)
    assert room.tracking.reasoned(lambda: made, planned) == Traced(3, 0, 0)
    found = room.traces(planned.run_id)
    assert [t.info.tags["mingjian.application_id"] for t in found] == sorted(
        case.application_id for case in cases[:3]
    )
    one, trace = made[0].rationale, found[0]
    root = trace.data.spans[0]
    assert [span.name for span in trace.data.spans] == [
        "reason", "case file", "ask", "verify", "narrative", "decide",
    ]  # fmt: skip
    assert {span.parent_id for span in trace.data.spans[1:]} == {root.span_id}
    assert trace.info.state == "OK"
    assert trace.info.execution_duration == 1500
    assert trace.info.token_usage == {"input_tokens": 70, "output_tokens": 30, "total_tokens": 100}
    assert root.attributes["mingjian.case_digest"] == made[0].case.digest
    assert root.attributes["mingjian.evidence_digest"] == one.evidence_digest
    assert root.attributes["mingjian.verified_at_first_try"] is True
    assert root.outputs["narrative"] == one.narrative.text
    assert trace.info.tags["mingjian.run_key"] == "key-1"
    linked = json.loads(trace.info.tags["mlflow.linkedPrompts"])
    assert linked == [{"name": asked_with.name, "version": asked_with.version}]


def test_a_struck_claim_is_shown_with_what_was_wrong(room: Room, cases: list[CaseFile]) -> None:
    made = records(cases[:1], talkative)
    planned = plan(room, made)
    room.tracking.reasoned(lambda: made, planned)
    (trace,) = room.traces(planned.run_id)
    spans = {span.name: span for span in trace.data.spans}
    assert list(spans)[3:6] == ["verify", "repair", "verify again"]
    (struck,) = [s for s in spans["narrative"].outputs["sentences"] if s.get("struck")]
    assert struck["why"]
    assert struck["text"] == "电话是⟦mobile-1⟧。"
    assert trace.info.tags["mingjian.flags"] == "struck repaired"


def test_a_case_without_a_reply_is_an_error_with_its_code(
    room: Room, cases: list[CaseFile]
) -> None:
    made = records(cases[:1], silent)
    planned = plan(room, made)
    room.tracking.reasoned(lambda: made, planned)
    (trace,) = room.traces(planned.run_id)
    assert trace.info.state == "ERROR"
    assert {s.name: s.status.description for s in trace.data.spans if s.status.description} == {
        "reason": "timeout",
        "ask": "timeout",
    }
    assert trace.data.spans[2].outputs["status"] == "pending"


def test_an_opinion_that_moved_a_case_is_seen(room: Room, cases: list[CaseFile]) -> None:
    concern = Opinion(stance="concern", direction="raises", confidence="high")
    (one,) = records([case for case in cases if not case.findings][:1])
    rationale = one.rationale.model_copy(update={"opinion": concern})
    made = [record(one.case, rationale, Recommendation.APPROVE)]
    planned = plan(room, made)
    room.tracking.reasoned(lambda: made, planned)
    (trace,) = room.traces(planned.run_id)
    decided = trace.data.spans[-1]
    assert decided.inputs["recommendation"] == "approve"
    assert decided.inputs["opinion"]["stance"] == "concern"
    assert decided.outputs == {"recommendation": "refer", "causes": ["score", "opinion"]}
    assert trace.info.tags["mingjian.flags"] == "moved concern"


def test_neither_personal_data_nor_thinking_reaches_the_store(
    room: Room, cases: list[CaseFile]
) -> None:
    made = records(cases[:60], talkative)
    room.tracking.reasoned(lambda: made, plan(room, made))
    stored = b"".join(path.read_bytes() for path in room.folder.glob("mlflow.db*"))
    assert made[0].case.digest.encode() in stored
    assert THOUGHT.encode() not in stored
    assert MOBILE.encode() not in stored
    applications = make_book(ROWS, seed=3).applications
    ids = {one.case.application_id for one in made}
    people = applications[applications["application_id"].isin(ids)]
    for column in ("id_number", "phone", "applicant_name"):
        values = people[column].dropna().astype(str)
        assert len(values) > 30
        assert not [value for value in values if value.encode() in stored], column


def test_a_second_run_of_the_same_writes_no_second_traces(
    room: Room, cases: list[CaseFile]
) -> None:
    made = records(cases[:4])
    first, second = plan(room, made), plan(room, made)
    assert room.tracking.reasoned(lambda: made, first).written == 4
    assert room.tracking.reasoned(lambda: made, second) == Traced(0, 4, 0)
    ids = [[t.info.trace_id for t in room.traces(p.run_id)] for p in (first, second)]
    assert ids[0] == ids[1]
    assert room.params(second.run_id)["traces_written_before"] == "4"


def test_a_case_that_was_pending_has_a_trace_of_its_own_once_answered(
    room: Room, cases: list[CaseFile]
) -> None:
    pending, answered = records(cases[:2], silent), records(cases[:2])
    room.tracking.reasoned(lambda: pending, plan(room, pending))
    later = [pending[0], answered[1]]
    assert room.tracking.reasoned(lambda: later, plan(room, later)) == Traced(1, 1, 0)


def test_another_run_key_has_traces_of_its_own(room: Room, cases: list[CaseFile]) -> None:
    made = records(cases[:1])
    room.tracking.reasoned(lambda: made, plan(room, made))
    other = replace(plan(room, made), run_key="key-2")
    assert room.tracking.reasoned(lambda: made, other).written == 1


@pytest.mark.parametrize(("limit", "expected"), [(3, ["2", "5", "0"]), (1, ["2"]), (0, [])])
def test_under_a_limit_the_cases_to_look_at_go_first_and_the_run_says_so(
    room: Room, cases: list[CaseFile], limit: int, expected: list[str]
) -> None:
    plain = [case for case in cases if not case.findings][:6]
    made = records(plain)
    for at in (2, 5):
        made[at] = records(plain[at : at + 1], silent)[0]
    planned = plan(room, made, limit=limit)
    assert room.tracking.reasoned(lambda: made, planned) == Traced(limit, 0, 6 - limit, 2)
    found = {t.info.tags["mingjian.application_id"] for t in room.traces(planned.run_id)}
    assert found == {plain[int(at)].application_id for at in expected}
    said = room.params(planned.run_id)
    assert (said["traces"], said["traces_left_out"]) == (str(limit), str(6 - limit))


def test_more_cases_than_one_batch_are_all_written_and_told_of(
    room: Room, cases: list[CaseFile], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.tracking.traces.BATCH", 4)
    monkeypatch.setattr("pipelines.tracking.traces._PAGE", 3)
    made = records(cases[:10])
    heard: list[tuple[int, int]] = []
    planned = plan(room, made)
    room.tracking.reasoned(lambda: made, planned, lambda done, of: heard.append((done, of)))
    assert heard == [(4, 10), (8, 10), (10, 10)]
    assert len(room.traces(planned.run_id)) == 10
    assert room.tracking.reasoned(lambda: made, plan(room, made)).known == 10


def test_a_store_that_cannot_be_used_is_named_with_the_mend(
    tmp_path: Path, cases: list[CaseFile]
) -> None:
    (tmp_path / "mlflow.db").write_bytes(b"nothing like a database" * 99)
    made = records(cases[:1])
    with pytest.raises(TrackingError, match=r"mlflow\.db.*check `tracking` in risk\.toml"):
        Tracking(str(tmp_path), "small").reasoned(lambda: made, TracePlan("run", "key", 1))
