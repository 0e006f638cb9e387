from typing import Any

import mlflow
import pytest

from pipelines.tracking.scorers import SCORERS, row
from risk.casefile import CaseFile
from risk.reasoning.backends.base import Failed, Failure, Request
from risk.reasoning.backends.template import TemplateBackend, compose
from risk.reasoning.claims import Answer, Claim, ClaimKind
from risk.reasoning.reasoner import reason
from tests.pipelines.tracking.conftest import Room
from tests.risk.reasoning.test_reasoner import Scripted

NAMES = {
    "values_agree", "signs_agree", "ranks_agree", "quotes_exact", "nothing_struck",
    "language_as_asked", "within_length",
}  # fmt: skip


def failing(outputs: object, case: CaseFile) -> set[str]:
    inputs = {"case": case.model_dump(mode="json"), "language": "zh"}
    given = {each.name: each(inputs=inputs, outputs=outputs) for each in SCORERS}
    assert set(given) == NAMES
    return {name for name, feedback in given.items() if not feedback.value}


def with_claim(case: CaseFile, claim: Claim) -> str:
    answer = compose(case, "zh")
    return answer.model_copy(update={"claims": (claim,)}).model_dump_json()


def driver(case: CaseFile, sentence: str, direction: Any = "raises", place: int = 0) -> Claim:
    fact = [f for f in case.of_kind("score") if f.direction == "raises"][place]
    return Claim(
        kind=ClaimKind.SCORE_DRIVER,
        direction=direction,
        facts=(fact.id,),
        sentence=sentence.replace("F", "{" + fact.id + ".label}"),
    )


@pytest.fixture(scope="module")
def case(cases: list[CaseFile]) -> CaseFile:
    """One with two drivers, so that a rank can be wrong."""

    def raising(each: CaseFile) -> int:
        return sum(f.direction == "raises" for f in each.of_kind("score"))

    return next(each for each in cases if raising(each) > 1 and each.documents)


@pytest.mark.parametrize(
    ("sentence", "place", "direction", "scorer"),
    [
        ("F推高风险，共三笔。", 0, "raises", "values_agree"),
        ("F降低风险。", 0, "raises", "signs_agree"),
        ("F推高风险，是首要因素。", 1, "raises", "ranks_agree"),
        ("F raises the risk of this loan a lot.", 0, "raises", "language_as_asked"),
        ("F推高风险" + "，推高风险" * 40, 0, "raises", "within_length"),
    ],
)
def test_each_scorer_fails_on_its_own_fault_alone(
    case: CaseFile, sentence: str, place: int, direction: str, scorer: str
) -> None:
    claim = driver(case, sentence, direction, place)
    assert failing(with_claim(case, claim), case) == {scorer, "nothing_struck"}


def test_a_quote_that_was_edited_is_not_exact(case: CaseFile) -> None:
    answer = compose(case, "zh")
    at = next(n for n, each in enumerate(answer.claims) if each.quotes)
    quote = answer.claims[at].quotes[0]
    edited = quote.model_copy(update={"text": quote.text[:-1] + "吗"})
    claim = answer.claims[at].model_copy(update={"quotes": (edited,)})
    assert failing(with_claim(case, claim), case) == {"quotes_exact", "nothing_struck"}


@pytest.mark.parametrize("outputs", ["Sure!", "", {"claims": "none"}, None, 7])
def test_what_is_no_answer_passes_nothing(case: CaseFile, outputs: object) -> None:
    assert failing(outputs, case) == NAMES


def test_an_answer_may_be_text_or_json(case: CaseFile) -> None:
    answer: Answer = compose(case, "zh")
    assert failing(answer.model_dump_json(), case) == set()
    assert failing(answer.model_dump(mode="json"), case) == set()


@pytest.mark.filterwarnings("ignore")  # MLflow warns of pandas and of its own type hints
def test_mlflow_evaluates_rationales_and_answers(room: Room, case: CaseFile) -> None:
    def nothing(_: Request) -> Failed:
        return Failed(code=Failure.TIMEOUT)

    kept, lost = (next(reason([case], b, "zh")) for b in (TemplateBackend(), Scripted(nothing)))
    wrong = with_claim(case, driver(case, "F推高风险。", "lowers"))
    rows = [row(case, kept), row(case, lost), {**row(case, kept), "outputs": wrong}]
    run_id = room.run()
    with mlflow.start_run(run_id=run_id):
        result = mlflow.genai.evaluate(data=rows, scorers=SCORERS)
    means = {name.removesuffix("/mean"): float(v) for name, v in result.metrics.items()}
    third = pytest.approx(1 / 3)
    two = pytest.approx(2 / 3)
    expected = dict.fromkeys(NAMES, two) | {"signs_agree": third, "nothing_struck": third}
    assert means == expected
    assert room.client.get_run(run_id).data.metrics["values_agree/mean"] == two
