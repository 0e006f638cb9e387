"""The quick part of the mutation benchmark: few mutants of each kind, bounds a little looser."""

import ast
from pathlib import Path

import pytest

from features.language import LANGUAGES, Language
from tests.benchmarks.mutators import KINDS, OPEN_KINDS, mutants
from tests.benchmarks.scene import MUTATORS, Kind
from tests.benchmarks.verification import bounds, false_alarms, recall
from tests.fake_r1.cases import known_cases
from tests.fake_r1.phrases import HALVES, Half

CASES, MUTANTS, ANSWERS = 80, 40, 100
CLOSED, OPEN, ALARMS = 0.95, 0.9, 0.01


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_corrupted_claim_is_caught(kind: Kind, language: Language, half: Half) -> None:
    tally, _ = recall(known_cases(CASES, language), kind, half, MUTANTS)
    assert tally.n == MUTANTS
    assert tally.share >= (OPEN if kind in OPEN_KINDS else CLOSED), dict(tally.ways)


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_faithful_answer_passes(language: Language, half: Half) -> None:
    tally, _, _ = false_alarms(known_cases(CASES, language), half, ANSWERS)
    assert tally.share <= ALARMS, dict(tally.ways)


@pytest.mark.parametrize("kind", KINDS)
def test_a_mutant_differs_from_the_faithful_answer_in_one_claim(kind: Kind) -> None:
    for mutant in mutants(known_cases(CASES, "zh"), kind, 10, "development"):
        pairs = zip(mutant.answer.claims, mutant.faithful.claims, strict=True)
        assert [a != b for a, b in pairs].index(True) == mutant.claim
        assert (
            sum(a != b for a, b in zip(mutant.answer.claims, mutant.faithful.claims, strict=True))
            == 1
        )
        assert mutant.answer.opinion == mutant.faithful.opinion


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_way_of_corrupting_comes_up(kind: Kind, language: Language) -> None:
    known = known_cases(CASES, language)
    for half in HALVES:
        seen = {mutant.way for mutant in mutants(known, kind, 90, half)}
        assert seen == set(MUTATORS[kind])


def test_the_verifier_cannot_import_the_mutators() -> None:
    for file in Path("risk").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            named = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            named += [a.name for a in node.names] if isinstance(node, ast.Import) else []
            assert not any(name.split(".")[0] == "tests" for name in named), file


def test_the_bounds_are_those_of_clopper_and_pearson() -> None:
    # Newcombe (1998), Statistics in Medicine 17, table I: 15 of 148.
    assert [round(x, 4) for x in bounds(15, 148)] == [0.0578, 0.1617]
