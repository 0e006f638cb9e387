"""Every kind of bad answer ends in the one record that is named for it, and never in a crash."""

import json
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import pytest

from features.language import LANGUAGES, Language
from risk.casefile import CaseFile
from risk.reasoning.backends.base import Failure, Outcome, Request
from risk.reasoning.backends.reply import Reply, read
from risk.reasoning.backends.template import compose
from risk.reasoning.claims import Answer, Claim, ClaimKind, Opinion
from risk.reasoning.faults import Fault
from risk.reasoning.findings import Check
from risk.reasoning.profiles import PROFILES
from risk.reasoning.reasoner import Rationale, reason

R1 = PROFILES["deepseek-r1"]
THOUGHT = "<think>The file has to be read.</think>\n"


class Replying:
    """A back end that gives every request the same raw reply."""

    name = "replying"
    identity = "replying/1"

    def __init__(self, reply: Reply) -> None:
        self.reply = reply

    def answer(self, requests: Iterable[Request | None]) -> Iterator[tuple[Request, Outcome]]:
        for request in filter(None, requests):
            yield request, read(self.reply, R1)


def reasoned(reply: Reply, case: CaseFile, language: Language) -> Rationale:
    (record,) = reason([case], Replying(reply), language)
    return record


CLAIM = {"kind": "document", "direction": "neutral", "facts": ["F1"], "sentence": "{F1}"}
OPINION = {"stance": "concern", "direction": "raises", "confidence": "low"}
GOOD = {"claims": [CLAIM], "questions": [], "opinion": OPINION}
TEXT = json.dumps(GOOD)


def changed(**changes: object) -> str:
    return json.dumps({**GOOD, **changes})


def claiming(**changes: object) -> str:
    return changed(claims=[{**CLAIM, **changes}])


def said(text: str) -> Reply:
    return Reply(THOUGHT + text)


class Bad(NamedTuple):
    """A kind of bad answer and the code of its record."""

    kind: str
    reply: Reply
    code: Failure | Fault


NO_ANSWER = [
    Bad("no end of thinking", Reply("so the income is " + TEXT[1:]), Failure.UNFINISHED_THINKING),
    Bad("parser saw no end", Reply(None, reasoning="on and on"), Failure.UNFINISHED_THINKING),
    Bad("empty thinking", Reply("<think>\n\n</think>\n" + TEXT), Failure.NO_THINKING),
    Bad("no thinking at all", Reply(TEXT), Failure.NO_THINKING),
    Bad("loop stopped by server", Reply("x " * 50, finish_reason="repetition"), Failure.REPETITION),
    Bad("cut off by length", Reply(THOUGHT + TEXT[:30], finish_reason="length"), Failure.TRUNCATED),
    Bad("filtered", Reply("", finish_reason="content_filter"), Failure.FILTERED),
    Bad("refused", said("I'm sorry, I can't help with that."), Failure.REFUSED),
    Bad("refused in Chinese", said("抱歉，我无法回答这个问题。"), Failure.REFUSED),
    Bad("refused by field", Reply("", refusal="policy"), Failure.REFUSED),
    Bad("raw lone surrogate", said(TEXT[:-1] + "\ud800}"), Failure.GARBLED),
    Bad("surrogate in thinking", Reply("<think>\ud800 a</think>"), Fault.EMPTY),
    Bad("empty", said(" \n "), Fault.EMPTY),
    Bad("huge", said('{"claims": "' + "x" * 70_000 + '"}'), Fault.TOO_LONG),
    Bad("HTML", said("<html><body>502 Bad Gateway</body></html>"), Fault.HTML),
    Bad("HTML after doctype", said("<!DOCTYPE html><p>{}</p>"), Fault.HTML),
    Bad("fenced", said(f"```json\n{TEXT}\n```"), Fault.FENCED),
    Bad("thinks again", said("<think>wait</think>" + TEXT), Fault.THINKING),
    Bad("prose before", said("Here is the answer: " + TEXT), Fault.PROSE),
    Bad("prose after", said(TEXT + "\nI hope this helps."), Fault.PROSE),
    Bad("two objects", said(TEXT + "\n" + TEXT), Fault.SEVERAL),
    Bad("truncated JSON", said(TEXT[:-20]), Fault.CUT_SHORT),
    Bad("loop inside", said('{"claims": [' + '{"kind": "document"}, ' * 40), Fault.LOOP),
    Bad("loop without JSON", said("the income is low, " * 60), Fault.LOOP),
    Bad("plain prose", said("The applicant seems to be reliable."), Fault.NOT_JSON),
    Bad("Python's quotes", said("{'claims': []}"), Fault.NOT_JSON),
    Bad("trailing comma", said('{"claims": [],}'), Fault.NOT_JSON),
    Bad("raw null byte", said(TEXT.replace("{F1}", "{F1}\x00")), Fault.NOT_JSON),
    Bad("endless number", said('{"claims": ' + "9" * 9_999 + "}"), Fault.NOT_JSON),
    Bad("NaN", said('{"claims": [], "opinion": NaN}'), Fault.NOT_FINITE),
    Bad("deep nesting", said('{"claims": ' + "[" * 20_000), Fault.TOO_DEEP),
    Bad("deep but closed", said('{"claims": ' + "[" * 50 + "]" * 50 + "}"), Fault.TOO_DEEP),
    Bad("array", said(f"[{TEXT}]"), Fault.NOT_OBJECT),
    Bad("JSON in a string", said(json.dumps(TEXT)), Fault.NOT_OBJECT),
    Bad("null", said("null"), Fault.NOT_OBJECT),
    Bad("duplicate key", said(TEXT[:-1] + ', "claims": []}'), Fault.DUPLICATE_KEY),
    Bad("null byte", said(claiming(sentence="a\x00b")), Fault.CHARACTERS),
    Bad("lone surrogate", said(claiming(sentence="a\ud800b")), Fault.CHARACTERS),
    Bad("bidi characters", said(claiming(sentence="\u202eb")), Fault.CHARACTERS),
    Bad("zero-width characters", said(claiming(sentence="a\u200bb")), Fault.CHARACTERS),
    Bad("other schema", said('{"score": 0.3, "decision": "approve"}'), Fault.OTHER_SCHEMA),
    Bad("the schema itself", said(json.dumps(Answer.model_json_schema())), Fault.OTHER_SCHEMA),
    Bad("injected verdict", said(changed(recommendation="approve")), Fault.UNKNOWN_KEY),
    Bad("no opinion", said('{"claims": []}'), Fault.MISSING_KEY),
    Bad("number as string list", said(claiming(facts=[1])), Fault.WRONG_TYPE),
    Bad("string for a list", said(claiming(facts="F1")), Fault.WRONG_TYPE),
    Bad("number for a sentence", said(claiming(sentence=3)), Fault.WRONG_TYPE),
    Bad("unknown kind", said(claiming(kind="verdict")), Fault.UNKNOWN_CHOICE),
    Bad("approving stance", said(changed(opinion={**OPINION, "stance": "approve"})),
        Fault.UNKNOWN_CHOICE),
    Bad("too many claims", said(changed(claims=[CLAIM] * 17)), Fault.TOO_MANY),
    Bad("agrees with a side", said(changed(opinion={**OPINION, "stance": "agree"})),
        Fault.INCONSISTENT),
    Bad("endless sentence", said(claiming(sentence="x" * 601)), Fault.SENTENCE),
]  # fmt: skip


@pytest.mark.parametrize("bad", NO_ANSWER, ids=lambda bad: bad.kind)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_bad_answer_ends_in_its_record(
    bad: Bad, language: Language, cases: list[CaseFile]
) -> None:
    record = reasoned(bad.reply, cases[0], language)
    assert (record.status, record.code) == (_status(bad.code), bad.code)
    assert record.narrative_by == "template"
    assert record.narrative.text
    assert record.opinion is None
    record.model_dump_json()


def _status(code: Failure | Fault) -> str:
    return "pending" if isinstance(code, Failure) and code.passes else "failed"


def test_the_kinds_are_more_than_twenty_and_no_code_lacks_one() -> None:
    assert len({bad.kind for bad in NO_ANSWER}) == len(NO_ANSWER) > 20
    assert {bad.code for bad in NO_ANSWER} >= set(Fault)


def broken(answer: Answer, way: str) -> Answer:
    """A well-formed answer that is wrong in one way."""
    first = answer.claims[0]
    if way == "unknown id":
        claims: tuple[Claim, ...] = (first.model_copy(update={"facts": (*first.facts, "F999")}),)
    elif way == "second counter":
        claims = tuple(
            first.model_copy(update={"kind": ClaimKind.COUNTER, "sentence": s + first.sentence})
            for s in ("", " ")
        )
    elif way == "value written out":
        claims = (first.model_copy(update={"sentence": "5000" + first.sentence}),)
    elif way == "other language":
        claims = (first.model_copy(update={"sentence": "Общий долг слишком велик."}),)
    elif way == "empty sentence":
        claims = (first.model_copy(update={"sentence": " "}),)
    elif way == "claims repeated":
        claims = (first, first)
    else:
        claims = (first.model_copy(update={"sentence": f"{first.sentence}{way}"}),)
    return answer.model_copy(update={"claims": claims})


WRONG = [
    ("unknown id", Check.IDS),
    ("second counter", Check.FORM),
    ("value written out", Check.DIGITS),
    ("other language", Check.LANGUAGE),
    ("empty sentence", Check.LENGTH),
    ("claims repeated", Check.FORM),
    ("建议直接批准该申请", Check.VERDICT),
    ("The loan should be approved", Check.VERDICT),
]


@pytest.mark.parametrize(("way", "check"), WRONG)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_wrong_answer_is_answered_and_its_claim_struck(
    way: str, check: Check, language: Language, cases: list[CaseFile]
) -> None:
    concern = Opinion(stance="concern", direction="raises", confidence="low")
    answer = compose(cases[0], language).model_copy(update={"opinion": concern})
    record = reasoned(said(broken(answer, way).model_dump_json()), cases[0], language)
    assert (record.status, record.code, record.repaired) == ("answered", "", True)
    assert check in {finding.check for finding in record.findings}
    assert any(sentence.struck for sentence in record.narrative.sentences)


def test_a_good_answer_is_no_bad_one(cases: list[CaseFile]) -> None:
    answer = compose(cases[0], "zh")
    record = reasoned(said(answer.model_dump_json()), cases[0], "zh")
    assert (record.status, record.findings, record.repaired) == ("answered", (), False)
