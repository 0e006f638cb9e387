"""What people do about a case: done, and one goes on; or not done, and nothing typed is lost."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import get_args

import pytest
from httpx2 import Response

from features.language import catalogue
from pipelines.cases import CaseRecord
from pipelines.errors import StoreError
from pipelines.review.app import create_app
from pipelines.review.rendering import case_path
from pipelines.review.wishes import LONGEST_COMMENT
from pipelines.review.workbench import Workbench
from pipelines.store import CaseKey
from pipelines.store.desk import Desk, Wanted
from pipelines.store.marks import Marks
from pipelines.store.reviews import Logged
from risk.desk import Role, State
from risk.reasoning.claims import ClaimKind
from risk.reasoning.narrative import Mark, Sentence
from tests.pipelines.review.conftest import HOST, Browser, person
from tests.pipelines.review.laid import EVIDENCE, lay, to
from tests.pipelines.store.conftest import case_record

AWKWARD = 'A/1?é#&"<b> ..'


Sent = Callable[..., Response]


@pytest.fixture
def sent(browser: Callable[[], Browser]) -> Sent:
    """Sends a form about a case as somebody would who was shown it as it is."""
    opened: dict[str, Browser] = {}

    def send(who: str, key: CaseKey, did: str, **fields: str) -> Response:
        if who not in opened:
            opened[who] = browser().log_in(who)
        return opened[who].send_form(to(key, did), **{"evidence": EVIDENCE, **fields})

    return send


def standing(bench: Workbench, key: CaseKey) -> tuple[State, str]:
    row = bench.desk.find(key)
    assert row is not None
    return row.state, row.outcome


def told(answer: Response) -> str:
    """The text of a page, without its markup."""
    return re.sub(r"<[^>]+>", " ", answer.text)


def test_an_acceptance_decides_the_case_and_leads_to_the_next(
    bench: Workbench, sent: Sent, browser: Callable[[], Browser]
) -> None:
    keys = lay(bench, ["A1", "A2", "A3"])
    order = [row.key for row in bench.desk.page(Wanted()).rows]
    done = sent("officer", order[0], "decide", outcome="approve")
    assert done.status_code == 303
    assert done.headers["location"] == case_path(*order[1])
    assert standing(bench, order[0]) == (State.DECIDED, "approve")
    assert [each.action for each in bench.reviews.of(*order[0])] == ["accept"]
    assert len(keys) == 3


def test_the_next_page_tells_what_was_done_and_tells_it_once(
    bench: Workbench, browser: Callable[[], Browser]
) -> None:
    (key,) = lay(bench, [AWKWARD])
    visitor = browser().log_in("officer")
    done = visitor.send_form(to(key, "claim"), evidence=EVIDENCE)
    assert done.headers["location"] == case_path(*key)
    first, second = (visitor.get("/password").text for _ in range(2))
    assert "A/1?é#&amp;&#34;&lt;b&gt; .. is yours to work on." in first
    assert "is yours" not in second


def test_a_told_cookie_of_somebody_elses_making_says_nothing(
    browser: Callable[[], Browser],
) -> None:
    for value in ("accept", "nothing.A1", "accept.<b>", "../x.A", "accept." + "a" * 900):
        visitor = browser()
        visitor.cookies.set("__Host-mingjian-told", value)
        page = visitor.get("/login")
        assert page.status_code == 200
        assert 'class="notice good"' not in page.text


@pytest.mark.parametrize(
    ("to_", "place"),
    [("queue", "/queue"), ("case", None), ("next", "/queue"), ("//evil", "/queue")],
)
def test_the_form_says_where_to_go_on(
    bench: Workbench, sent: Sent, to_: str, place: str | None
) -> None:
    (key,) = lay(bench, ["A1"])
    done = sent("officer", key, "decide", outcome="approve", next=to_)
    assert done.headers["location"] == (place or case_path(*key))


def test_cases_one_holds_come_before_those_nobody_holds(bench: Workbench, sent: Sent) -> None:
    lay(bench, ["A1", "A2", "A3", "A4"])
    first, second, third, last = (row.key for row in bench.desk.page(Wanted()).rows)
    sent("officer", last, "claim")
    sent("senior", second, "claim")
    assert sent("officer", first, "decide", outcome="approve").headers["location"] == (
        case_path(*last)
    )
    assert sent("officer", last, "decide", outcome="approve").headers["location"] == (
        case_path(*third)
    )


def test_an_override_needs_a_second_person_who_goes_on_to_the_next_of_those(
    bench: Workbench, sent: Sent
) -> None:
    keys = lay(bench, ["A1", "A2", "A3"])
    why = {"outcome": "decline", "reason_code": "documents", "comment": "forged"}
    for key in keys[:2]:
        assert sent("officer", key, "decide", **why).status_code == 303
    sent("senior", keys[2], "decide", **why)
    assert standing(bench, keys[0]) == (State.SECOND, "")
    done = sent("senior", keys[0], "confirm")
    assert done.headers["location"] == case_path(*keys[1])
    assert standing(bench, keys[0]) == (State.DECIDED, "decline")
    done = sent("senior", keys[1], "return", comment="look at the payslip")
    assert done.headers["location"] == "/queue"
    assert standing(bench, keys[1]) == (State.OPEN, "")


def test_the_second_person_is_never_the_first(bench: Workbench, sent: Sent) -> None:
    (key,) = lay(bench, ["A1"])
    why = {"outcome": "decline", "reason_code": "documents", "comment": "forged"}
    bench.people.add(person("chief", Role.SENIOR))
    sent("senior", key, "decide", **why)
    refused = sent("senior", key, "confirm", comment="it was me")
    assert refused.status_code == 403
    assert "another senior officer" in told(refused)
    assert "it was me" in refused.text
    assert sent("chief", key, "confirm").status_code == 303


def test_what_is_missing_is_asked_for_and_what_was_typed_stays(
    bench: Workbench, sent: Sent
) -> None:
    (key,) = lay(bench, ["A1"])
    answer = sent("officer", key, "decide", outcome="decline", comment="<b>forged</b> & co")
    assert answer.status_code == 422
    assert "An override needs a reason of the list." in told(answer)
    assert "&lt;b&gt;forged&lt;/b&gt; &amp; co</textarea>" in answer.text
    answer = sent("officer", key, "ask")
    assert answer.status_code == 422
    assert "This needs a comment." in told(answer)
    assert standing(bench, key) == (State.OPEN, "")


@pytest.mark.parametrize("did", ["decide", "first-view", "mark"])
def test_a_form_that_is_none_of_ours_loses_nothing_either(
    bench: Workbench, sent: Sent, did: str
) -> None:
    (key,) = lay(bench, ["A1"])
    answer = sent("officer", key, did, outcome="perhaps", comment="my words", sentence="x")
    assert answer.status_code == 422
    assert "my words</textarea>" in answer.text
    assert bench.reviews.of(*key) == ()


def test_a_case_that_moved_on_says_what_changed_and_keeps_what_was_typed(
    bench: Workbench, sent: Sent
) -> None:
    (key,) = lay(bench, ["A1"])
    sent("senior", key, "decide", outcome="approve")
    late = sent("officer", key, "decide", outcome="decline", comment="no", reason_code="documents")
    assert late.status_code == 409
    said = told(late)
    assert "Decided" in said
    assert "Senior: Accept" in said
    assert "Documents whose authenticity is in doubt" in said
    assert "no</textarea>" in late.text
    kept = sent("officer", key, "comment", comment="no", next="case")
    assert kept.status_code == 303
    assert [each.action for each in bench.reviews.of(*key)] == ["accept", "comment"]


def test_other_evidence_than_was_shown_decides_nothing(bench: Workbench, sent: Sent) -> None:
    (key,) = lay(bench, ["A1"])
    for did in ("decide", "first-view", "mark", "hold"):
        late = sent("officer", key, did, outcome="approve", comment="x", evidence="3" * 64)
        assert late.status_code == 409, did
        assert "evidence or the narrative has changed" in told(late)
    assert bench.reviews.of(*key) == ()


def test_a_case_another_holds_is_not_decided_by_an_officer(bench: Workbench, sent: Sent) -> None:
    (key,) = lay(bench, ["A1"])
    sent("senior", key, "claim")
    refused = sent("officer", key, "decide", outcome="approve", comment="mine")
    assert refused.status_code == 403
    assert "Another officer holds this case" in told(refused)
    assert sent("officer", key, "release").status_code == 403


def test_an_unknown_case_is_not_found(bench: Workbench, sent: Sent) -> None:
    assert sent("officer", CaseKey("b" * 64, "A1"), "decide").status_code == 404
    assert sent("officer", CaseKey("'", "\ufffd"), "mark").status_code == 404


def test_an_id_of_any_characters_is_decided_on(bench: Workbench, sent: Sent) -> None:
    for key in lay(bench, [AWKWARD, "decide", "x/decide", "审批 1"]):
        assert sent("officer", key, "decide", outcome="approve").status_code == 303
        assert standing(bench, key) == (State.DECIDED, "approve")


def test_a_store_that_is_away_loses_nothing_of_what_was_typed(
    bench: Workbench, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    (key,) = lay(bench, ["A1"])

    def away(*_: object) -> None:
        raise StoreError("the store (sqlite) cannot be used")

    monkeypatch.setattr(Desk, "act", away)
    answer = sent("officer", key, "hold", comment="until Monday")
    assert answer.status_code == 503
    assert "until Monday</textarea>" in answer.text


@pytest.mark.parametrize(
    "text", ["\u202egnirts", "\x01\x02", "a\r\nb", "x" * (LONGEST_COMMENT - 2), "𠀀" * 999]
)
def test_hostile_comments_are_kept_as_they_are(bench: Workbench, sent: Sent, text: str) -> None:
    (key,) = lay(bench, ["A1"])
    assert sent("officer", key, "comment", comment=f"({text})").status_code == 303
    (kept,) = bench.reviews.of(*key)
    assert kept.comment == f"({text})".replace("\r\n", "\n")


def test_a_comment_too_long_for_anybody_is_handed_back(bench: Workbench, sent: Sent) -> None:
    (key,) = lay(bench, ["A1"])
    text = "字" * 400_000
    answer = sent("officer", key, "comment", comment=text)
    assert answer.status_code == 422
    assert text in answer.text


def test_half_a_character_in_an_encoding_of_ones_own_leaves_nothing(
    bench: Workbench, browser: Callable[[], Browser]
) -> None:
    (key,) = lay(bench, ["A1"])
    visitor = browser().log_in("officer")
    fields = {"csrf": visitor.token(), "evidence": EVIDENCE, "comment": r"\ud800 cut"}
    body = "".join(
        f'--x\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    kind = "multipart/form-data; boundary=x; charset=unicode_escape"
    answer = visitor.post(
        to(key, "comment"), content=f"{body}--x--", headers={"content-type": kind}
    )
    assert answer.status_code == 415
    assert bench.reviews.of(*key) == ()


def marked_case(application_id: str) -> CaseRecord:
    """A case with two sentences to mark."""
    record = case_record(application_id)
    sentences = tuple(
        Sentence(text=f"Sentence {n}.", kind=ClaimKind.SCORE_DRIVER, mark=Mark.INFERRED, claim=n)
        for n in (1, 0)
    )
    told = record.rationale.narrative.model_copy(update={"sentences": sentences})
    rationale = record.rationale.model_copy(update={"narrative": told})
    return record.model_copy(update={"rationale": rationale})


def test_a_mark_is_logged_with_the_claim_and_counted(bench: Workbench, sent: Sent) -> None:
    (key,) = lay(bench, [marked_case("A1")])
    marks = Marks(bench.database, bench.config.name)
    for verdict in ("right", "wrong"):
        done = sent("officer", key, "mark", claim="1", verdict=verdict)
        assert done.headers["location"] == case_path(*key)
    sent("senior", key, "mark", sentence="0", verdict="useless")
    assert [(each.mark.claim, each.mark.verdict) for each in marks.after(0)] == [
        (1, "right"), (1, "wrong"), (0, "useless"),
    ]  # fmt: skip
    assert marks.counts() == {"right": 0, "wrong": 1, "useless": 1}
    assert marks.counts(key.run_key) == marks.counts()
    assert marks.counts("c" * 64) == {"right": 0, "wrong": 0, "useless": 0}
    assert Marks(bench.database, "another").counts()["wrong"] == 0
    assert standing(bench, key) == (State.OPEN, "")


@pytest.mark.parametrize(
    ("claim", "verdict"), [("2", "right"), ("-1", "right"), ("", "right"), ("1", ""), ("1", "good")]
)
def test_a_mark_of_nothing_is_refused(
    bench: Workbench, sent: Sent, claim: str, verdict: str
) -> None:
    (key,) = lay(bench, [marked_case("A1")])
    assert sent("officer", key, "mark", claim=claim, verdict=verdict).status_code == 422
    assert bench.reviews.of(*key) == ()


def test_a_first_view_is_logged_and_decides_nothing(bench: Workbench, sent: Sent) -> None:
    (key,) = lay(bench, ["A1"])
    done = sent("officer", key, "first-view", outcome="refer", comment="thin file")
    assert done.headers["location"] == case_path(*key)
    (kept,) = bench.reviews.of(*key)
    assert (kept.action, kept.recommendation, kept.comment) == ("first_view", "refer", "thin file")
    assert standing(bench, key) == (State.OPEN, "")


def test_whoever_looks_on_does_nothing_about_a_case(bench: Workbench, sent: Sent) -> None:
    (key,) = lay(bench, ["A1"])
    for who in ("validator", "administrator"):
        for did in ("decide", "comment", "claim", "mark", "first-view"):
            assert sent(who, key, did, outcome="approve", comment="x").status_code == 403
    assert bench.reviews.of(*key) == ()


def test_there_are_words_for_everything_that_is_told() -> None:
    words = catalogue("pipelines.review")
    whys = ("role", "senior", "held", "same-person", "evidence", "state", "gone", "outcome",
            "reason", "comment", "length", "sentence", "verdict", "store", "view",
            "first-view")  # fmt: skip
    assert all(f"undone.why.{why}" in words for why in whys)
    elsewhere = {"assign", "notice"}
    assert all(f"flash.{did}" in words for did in set(get_args(Logged)) - elsewhere)


def test_where_a_first_view_is_asked_for_nobody_decides_without_one(
    bench: Workbench,
) -> None:
    review = bench.settings.model_copy(update={"first_view": True})
    strict = replace(bench, config=bench.config.model_copy(update={"review": review}))
    (key,) = lay(strict, ["A1"])
    officer = Browser(create_app(strict), HOST, follow_redirects=False).log_in("officer")
    said = {"evidence": EVIDENCE, "comment": "my words"}
    early = officer.send_form(to(key, "decide"), outcome="approve", **said)
    assert early.status_code == 422
    assert "Give a view of your own before you decide." in told(early)
    unsaid = officer.send_form(to(key, "first-view"), **said)
    assert unsaid.status_code == 422
    assert "Choose your first view" in told(unsaid)
    for answer in (early, unsaid):
        # On the case's own page, in the form that is there.
        assert f'action="{to(key, "first-view")}"' in answer.text
        assert "my words</textarea>" in answer.text
    assert standing(strict, key) == (State.OPEN, "")
    officer.send_form(to(key, "first-view"), evidence=EVIDENCE, outcome="refer")
    late = officer.send_form(to(key, "decide"), evidence=EVIDENCE, outcome="approve")
    assert late.status_code == 303
    assert standing(strict, key) == (State.DECIDED, "approve")
