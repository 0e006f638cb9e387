"""The view of a case: what is told, in which order, and what stays hidden."""

from dataclasses import replace
from datetime import timedelta

import pytest

from features.associations.columns import fields, keys_of
from features.dictionary import Field
from features.language import LANGUAGES, Text, catalogue
from features.synthetic import book_dictionary
from pipelines.review.case.bar import Asked
from pipelines.review.case.given import Given, Voice, basis_of
from pipelines.review.case.ties import draw_ties
from pipelines.review.case.view import CaseView, case_view
from pipelines.store import Run
from risk.desk import DeskSettings, Role, State
from risk.reasoning.findings import Check
from tests.pipelines.review.case import hostile
from tests.pipelines.review.case.records import NOON, given_of, reader, records, review

FIRST = DeskSettings(first_view=True)
MOVED = next(each for each in records() if each.moved)


def view(given: Given, role: Role = Role.OFFICER, unit: str = "points") -> CaseView:
    return case_view(given, reader(role), Asked(unit=unit))


@pytest.mark.parametrize("record", records(), ids=lambda record: record.score.application_id)
def test_every_sentence_of_a_real_record_leads_to_what_it_rests_on(record: object) -> None:
    found = view(given_of(record))  # type: ignore[arg-type]
    assert found.telling is not None
    told = (*found.telling.sentences, *found.telling.counter, *found.telling.left_out)
    assert sum(each.struck for each in told) >= 1
    for sentence in told:
        assert sentence.sources
        for source in sentence.sources:
            assert source.target
            assert sentence.number in found.backs[source.target]
            if source.quoted:
                passage = _passage(found, source.target)
                assert source.value.rstrip("…") in " ".join(passage.split())


def test_why_a_sentence_was_struck_is_said_in_the_readers_language_and_words() -> None:
    texts = catalogue("pipelines.review")
    for language in LANGUAGES:
        for check in Check:
            assert "{" not in texts.text(language, f"case.failed.{check}")
    found = case_view(given_of(MOVED), reader(Role.OFFICER, "zh"), Asked()).telling
    assert found is not None
    told = (*found.sentences, *found.counter, *found.left_out)
    (struck,) = (each for each in told if each.struck)
    assert struck.why
    assert all(why in {texts.text("zh", f"case.failed.{c}") for c in Check} for why in struck.why)


def _passage(found: CaseView, name: str) -> str:
    """The text inside a mark, in all its parts."""
    text, inside = "", 0
    for token in (token for document in found.documents for token in document.tokens):
        if token.kind == "text":
            text += token.text if inside else ""
        elif token.text == name:
            inside += 1 if token.kind == "open" else -1
    return text


def test_the_case_against_the_score_stands_apart_from_the_narrative() -> None:
    found = view(given_of(MOVED)).telling
    assert found is not None
    assert {each.kind for each in found.counter} == {"counter"}
    assert "counter" not in {each.kind for each in found.sentences}
    assert found.opinion.startswith("The file holds something")


def test_evidence_that_leads_nowhere_is_said_to() -> None:
    found = view(given_of(hostile.damaged_record()))
    assert found.telling is not None
    told = {each.text: each for each in found.telling.sentences}
    moved, gone = "the passage is not in the document", "what it rests on is not in the case file"
    for text in ("Beyond the end.", "Backwards.", "Of no document."):
        assert [(s.value, s.target) for s in told[text].sources] == [(moved, "")]
    assert [s.label for s in told["Of no fact."].sources] == [gone]
    crossing = told["Crosses the one before."].sources[0].target
    assert found.parts[crossing] == f"{crossing} {crossing}-2"
    assert [note for note in found.telling.notes if "another version" in note]
    assert found.scale.wide == ""
    assert found.telling.opinion == ""


def test_nothing_of_a_protected_field_is_shown() -> None:
    shown = str(view(given_of(hostile.protected_record())))
    assert "secretly" not in shown
    assert "gender" not in shown


def test_until_the_first_view_is_given_nothing_of_the_model_s_view_is_shown() -> None:
    found = view(given_of(MOVED, (), FIRST))
    assert (found.first_view, found.telling, found.backs) == (True, None, {})
    assert found.verdict.final is None
    assert not {"moved", "struck"} & set(found.head.flags)
    # What rules found is no view of the model's.
    marked = {t.text for d in found.documents for t in d.tokens if t.kind == "open"}
    assert marked == {each.target for each in found.conflicts}


def test_it_is_shown_to_whoever_gave_one_and_to_those_who_look_on() -> None:
    mine = review(MOVED, "first_view", "li", recommendation="refer")
    theirs = review(MOVED, "first_view", "wang", recommendation="refer")
    assert view(given_of(MOVED, (mine,), FIRST)).telling is not None
    assert view(given_of(MOVED, (theirs,), FIRST)).telling is None
    assert view(given_of(MOVED, (), FIRST), Role.VALIDATOR).telling is not None
    decided = given_of(MOVED, (), FIRST, state=State.DECIDED, decided=True)
    assert view(decided).telling is not None


def test_waiting_is_told_against_its_limit() -> None:
    assert view(given_of(MOVED)).head.waited.said == "5 h 20 min of 1 d"  # type: ignore[union-attr]
    late = given_of(MOVED, due_at=NOON - timedelta(hours=3), queued_at=NOON - timedelta(hours=27))
    found = view(late).head
    assert "overdue" in found.flags
    assert found.waited is not None
    assert found.waited.said == "1 d 3 h of 1 d, 3 h over"
    assert found.waited.over
    decided = given_of(MOVED, state=State.DECIDED, due_at=NOON - timedelta(hours=3))
    assert view(decided).head.waited is None
    assert "overdue" not in view(decided).head.flags


@pytest.mark.parametrize("status", ["pending", "failed"])
def test_an_answer_that_did_not_come_is_said_so(status: str) -> None:
    rationale = MOVED.rationale.model_copy(
        update={"status": status, "code": "timeout", "narrative_by": "template", "opinion": None}
    )
    found = view(given_of(MOVED.model_copy(update={"rationale": rationale})))
    assert status in found.head.flags
    assert found.telling is not None
    assert "timeout" in found.telling.notes[0]
    assert not found.marks


def test_without_the_run_s_record_today_s_policy_is_named_as_such() -> None:
    given = given_of(MOVED)
    found = view(replace(given, basis=replace(given.basis, model="")))
    assert [each.tone for each in found.head.notices] == ["wary"]
    policy = dict(found.head.versions)["Policy"]
    assert "today's" in policy


@pytest.mark.parametrize("manifest", [None, "", "{}", "[1]", '{"key": "x"}'])
def test_a_damaged_manifest_is_no_basis(manifest: str | None) -> None:
    from pipelines.config import RunConfig

    config = RunConfig.model_validate({"policy": {"approve": 0.1, "decline": 0.2}})
    run = Run(
        run_key="a" * 64, job="reason", portfolio="p", directory="x", manifest=manifest,
        started_at=NOON,
    )  # fmt: skip
    for each in (run, None):
        basis = basis_of(each, config, lambda _: None)
        assert not basis.recorded
        assert basis.policy.approve == 0.1


def test_history_tells_who_did_what_the_latest_first() -> None:
    reviews = (
        review(MOVED, "assign", "wang", id=1, comment="li"),
        review(MOVED, "propose", "li", id=2, recommendation="decline", reason_code="documents",
               comment="forged", evidence_digest="9" * 64),
        review(MOVED, "mark", "li", id=3, reason_code="wrong", comment="claim 2"),
    )  # fmt: skip
    told = view(given_of(MOVED, reviews)).history
    assert [each.said for each in told] == [
        "Li Jing judged a sentence", "Li Jing proposed: decline", "Wang assigned it to Li Jing",
    ]  # fmt: skip
    assert (told[1].reason, told[1].comment, told[1].stale) == (
        "Documents whose authenticity is in doubt", "forged", True,
    )  # fmt: skip
    assert (told[0].reason, told[2].comment) == ("Wrong", "")


def test_broken_cross_checks_are_told_with_the_way_to_the_passage() -> None:
    record = next(each for each in records("en") if each.case.of_kind("contradiction"))
    (fact, *_) = record.case.of_kind("contradiction")
    found = view(given_of(record))
    assert len(found.conflicts) == len(record.case.of_kind("contradiction"))
    assert found.conflicts[0].text == fact.display.en
    assert _passage(found, found.conflicts[0].target) == fact.value
    bare = fact.model_copy(update={"document": "", "start": None, "end": None})
    case = record.case.model_copy(update={"facts": (bare,)})
    (alone,) = view(given_of(record.model_copy(update={"case": case}))).conflicts
    assert alone.target == ""


def test_ties_are_told_and_drawn_and_their_absence_too() -> None:
    tied = next(each for each in records() if each.case.of_kind("association"))
    found = view(given_of(tied))
    assert len(found.ties) == len(tied.case.of_kind("association"))
    assert all(tie.field in found.graph.wide for tie in found.ties)
    usual = replace(found.ties[0], field="Earlier applications in the tied group")
    assert usual.field in draw_ties((usual,), Voice("en"))
    alone = next(each for each in records() if not each.case.of_kind("association"))
    assert view(given_of(alone)).graph.wide == ""


def test_that_no_tie_was_found_is_not_that_none_was_looked_for() -> None:
    given = given_of(next(each for each in records() if not each.case.of_kind("association")))
    assert not view(given).looked
    made = fields(keys_of(given.dictionary), given.dictionary)
    searched = given.dictionary.model_copy(update={"fields": (*given.dictionary.fields, *made)})
    assert view(replace(given, dictionary=searched)).looked


def test_a_tie_names_the_last_application_at_its_other_end() -> None:
    tied = next(each for each in records() if each.case.of_kind("association"))
    first = tied.case.of_kind("association")[0]
    last = first.model_copy(
        update={"id": "F900", "field": f"tie_last_{first.field}", "value": "A<7>"}
        | {"display": Text(zh="A<7>", en="A<7>")}
    )
    facts = (*tied.case.facts, last)
    case = tied.case.model_copy(update={"facts": facts})
    found = view(given_of(tied.model_copy(update={"case": case})))
    assert len(found.ties) == len(tied.case.of_kind("association"))
    (named,) = [tie for tie in found.ties if tie.other]
    assert (named.fact, named.other, named.other_fact) == (first.id, "A<7>", "F900")
    assert "A&lt;7&gt;" in found.graph.wide
    orphan = last.model_copy(update={"field": "tie_last_nothing"})
    case = tied.case.model_copy(update={"facts": (*tied.case.facts, orphan)})
    ties = view(given_of(tied.model_copy(update={"case": case}))).ties
    assert [tie.value for tie in ties if tie.fact == "F900"] == ["A<7>"]


@pytest.mark.parametrize(
    ("more", "share"),
    [
        ({"unit": "ratio"}, True),
        ({"unit": ""}, False),
        ({"formula": {"op": "ratio", "of": ("monthly_repayment", "monthly_income")}}, True),
        ({"formula": {"op": "ratio", "of": ("monthly_income", "months_employed")}}, False),
        ({"formula": {"op": "sum", "of": ("monthly_repayment", "monthly_income")}}, False),
    ],
)
def test_what_the_dictionary_says_is_a_share_is_told_in_percent(
    more: dict[str, object], share: bool
) -> None:
    book = book_dictionary()
    special = {"-9": {"zh": "无", "en": "no"}}
    blank = {"name": "x", "unit": "", "formula": None, "changeable": "", "special": special}
    field = Field.model_validate({**book["monthly_income"].model_dump(), **blank, **more})
    given = given_of(MOVED)
    known = book.model_copy(update={"fields": (*book.fields, field)})
    fact = next(each for each in given.record.case.facts if each.kind == "form")
    for value, told in ((0.7278, "72.78%"), (2, "200%"), (-9, "said"), (None, "said")):
        said = {"field": "x", "value": value, "display": Text(zh="said", en="said")}
        assert Voice("en").value(fact.model_copy(update=said), known) == (told if share else "said")


def test_a_label_by_itself_begins_with_a_capital() -> None:
    found = view(given_of(MOVED))
    assert all(line.label[0].isupper() for line in found.form)
    assert all(bar.label[0].isupper() for bar in found.fall.bars)
