import io
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console
from rich.text import Text

from features.language import LANGUAGES, Language
from pipelines import reason, score
from pipelines.case_view import case_panel, literal, save_picture
from pipelines.cases import CaseRecord, read_cases
from pipelines.job import Silent
from pipelines.sources import open_source
from tests.pipelines.conftest import Bank

HOSTILE = (
    "pay\x1b[2J\x1b]0;owned\x07 [red]now[/red] [link=http://x.test]here[/link]\r\n\u202eabc </svg>"
)


@pytest.fixture(scope="module")
def records(bank: Bank, tmp_path_factory: pytest.TempPathFactory) -> tuple[CaseRecord, ...]:
    folder = tmp_path_factory.mktemp("cases")
    source, stored = open_source(str(bank.tonight)), bank.champion()
    score.run(bank.config, source, stored, score.ScoreOptions(folder / "scores"), Silent())
    options = reason.ReasonOptions(folder / "scores", folder / "cases", "en")
    reason.run(bank.config, source, stored, options, Silent())
    return tuple(read_cases(folder / "cases"))


@pytest.fixture
def told(records: tuple[CaseRecord, ...]) -> CaseRecord:
    """A case of which a sentence is told."""
    return next(r for r in records if r.rationale.narrative.told)


def shown(record: CaseRecord, language: Language = "en", *, colours: bool = False) -> str:
    console = Console(file=io.StringIO(), width=120, force_terminal=colours, legacy_windows=False)
    console.print(case_panel(record, language))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def with_first(record: CaseRecord, **changed: object) -> CaseRecord:
    """The case with its first told sentence changed."""
    narrative = record.rationale.narrative
    first = narrative.told[0]
    sentences = tuple(
        s.model_copy(update=changed) if s is first else s for s in narrative.sentences
    )
    narrative = narrative.model_copy(update={"sentences": sentences})
    rationale = record.rationale.model_copy(update={"narrative": narrative})
    return record.model_copy(update={"rationale": rationale})


def test_what_an_opinion_adds_stands_beside_the_models_pd(told: CaseRecord) -> None:
    assert "with the opinion" not in shown(told)
    raised = told.model_copy(update={"pd_final": (1 + told.score.pd_model) / 2})
    assert f"with the opinion {raised.pd_final:.2%}" in shown(raised)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_case_can_be_drawn_in_both_languages(
    records: tuple[CaseRecord, ...], language: Language
) -> None:
    for record in records:
        text = shown(record, language)
        assert record.score.application_id in text
        assert record.score.grade in text
        assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize("status", ["pending", "failed"])
def test_a_case_without_an_answer_says_so(records: tuple[CaseRecord, ...], status: str) -> None:
    assert "unreachable" not in shown(records[0])
    changed = {"status": status, "code": "unreachable"}
    rationale = records[0].rationale.model_copy(update=changed)
    record = records[0].model_copy(update={"rationale": rationale})
    assert f"model: {status} (unreachable)" in shown(record)
    assert "unreachable" in shown(record, "zh")


def test_a_narrative_in_another_language_than_the_readers_says_so(told: CaseRecord) -> None:
    assert "written in" not in shown(told)
    assert "本说明以英文撰写" in shown(told, "zh")
    narrative = told.rationale.narrative.model_copy(update={"language": "zh"})
    rationale = told.rationale.model_copy(update={"narrative": narrative})
    chinese = told.model_copy(update={"rationale": rationale})
    assert "written in Chinese" in shown(chinese)
    assert "撰写。" not in shown(chinese, "zh")


def test_cells_of_a_documents_table_stand_apart(told: CaseRecord) -> None:
    text = shown(with_first(told, text="Loan purpose\tCar", evidence=()))
    assert "Loan purpose  Car" in text
    assert "�" not in text


def test_a_struck_sentence_is_shown_as_struck_with_its_reason(told: CaseRecord) -> None:
    text = shown(with_first(told, text="It was so.", struck=True, why=("no such fact",)))
    assert "It was so." in text
    assert "no such fact" in text
    crossed = shown(with_first(told, text="It was so.", struck=True), colours=True)
    assert any("\x1b[2;9m" in line or ";9" in line for line in crossed.splitlines())


def test_a_suspected_order_is_shown_to_the_person(records: tuple[CaseRecord, ...]) -> None:
    flagged = next(r for r in records if r.case.findings)
    sentence = next(f for f in flagged.case.of_kind("document") if f.suspect)
    text = shown(flagged)
    assert "seem to give orders" in text
    assert sentence.id in text.split("Reason codes")[0]
    clean = next(r for r in records if not r.case.findings)
    assert "seem to give orders" not in shown(clean)


def test_of_many_suspected_orders_the_rest_is_counted(told: CaseRecord) -> None:
    one = told.case.of_kind("document")[0].model_copy(update={"suspect": True})
    facts = [f for f in told.case.facts if f.kind != "document"] + [one] * 8
    case = told.case.model_copy(update={"facts": tuple(facts)})
    bare = told.rationale.narrative.model_copy(update={"sentences": ()})
    rationale = told.rationale.model_copy(update={"narrative": bare})
    assert "and 3 more" in shown(told.model_copy(update={"case": case, "rationale": rationale}))


def test_a_sentence_left_out_is_not_shown(told: CaseRecord) -> None:
    assert "Not this." not in shown(with_first(told, text="Not this.", left_out=True))


def test_long_text_stays_within_the_panel(told: CaseRecord) -> None:
    text = shown(with_first(told, text="负债" * 900 + "x" * 900))
    assert text.count("负债") + text.count("债\n") > 100
    assert text.count("x") >= 900


def test_hostile_text_is_shown_and_never_obeyed(told: CaseRecord) -> None:
    text = shown(with_first(told, text=HOSTILE, evidence=()))
    assert not set("\x1b\x07\r\u202e") & set(text)
    for part in ("[red]now[/red]", "[link=http://x.test]here[/link]"):
        assert part in text.replace("\n", "")


def test_a_label_in_brackets_is_no_markup(told: CaseRecord) -> None:
    facts = tuple(
        fact.model_copy(update={"display": replace(fact.display, en=f"[bold]{n} [/x]")})
        for n, fact in enumerate(told.case.facts)
    )
    case = told.case.model_copy(update={"facts": facts})
    assert "[bold]" in shown(told.model_copy(update={"case": case}))


def test_the_picture_is_plain_xml_that_loads_nothing(told: CaseRecord, tmp_path: Path) -> None:
    record = with_first(told, text=HOSTILE, evidence=())
    save_picture([case_panel(record, "zh")], tmp_path / "case.svg")
    text = (tmp_path / "case.svg").read_text("utf-8")
    root = ET.fromstring(text)  # noqa: S314 - our own file
    assert root.tag.endswith("svg")
    for element in root.iter():
        assert not {"href", "src", "{http://www.w3.org/1999/xlink}href"} & set(element.attrib)
        assert element.tag.rpartition("}")[2] not in {"script", "image", "a", "foreignObject"}
    assert "url(http" not in text
    assert "@font-face" not in text
    assert "@import" not in text
    assert record.score.application_id in "".join(root.itertext())


def test_chinese_in_the_picture_has_the_room_of_its_cells(tmp_path: Path) -> None:
    save_picture([Text("逾期记录 & 4次"), Text("late & 4x")], tmp_path / "case.svg")
    root = ET.fromstring((tmp_path / "case.svg").read_text("utf-8"))  # noqa: S314 - our own file
    drawn = {each.text or "": each for each in root.iter() if "textLength" in each.attrib}
    cell = float(drawn["late\xa0&\xa04x"].attrib["textLength"]) / 9
    chinese = float(drawn["逾期记录\xa0&\xa04次"].attrib["textLength"])
    assert chinese == pytest.approx(14 * cell, abs=0.02)


def test_literal_text_is_one_visible_line() -> None:
    assert literal("a\nb\x1bc\x7f\x9b\u2066d") == "a b�c���d"
    assert literal("收入 12,000元 [x]") == "收入 12,000元 [x]"
