"""Personal data leaves every text; the numbers beside it stay."""

from random import Random

import pytest

from features.identity import id_check_character, luhn
from tests.benchmarks.personal_data import WAYS, Planted, card_number, identity_number, planted
from tests.benchmarks.redaction import DEMANDED, INNOCENT_DEMANDED, Recall, measure, stands_in


@pytest.mark.parametrize("kind", sorted(WAYS))
def test_a_sample_of_every_way_of_writing_is_redacted(kind: str) -> None:
    found = measure(kind, each=40 * len(WAYS[kind]), seed=7)
    assert found.share >= DEMANDED.get(kind, 0.99), found.missed
    assert found.taken_share <= INNOCENT_DEMANDED


def test_planted_numbers_pass_their_checks() -> None:
    for one in planted("id", 200):
        assert id_check_character(one.value[:17]) == one.value[17]
    assert all(luhn(one.value) for one in planted("card", 200))


def test_what_is_planted_stands_in_the_text_and_can_be_seen_there() -> None:
    for kind in WAYS:
        for one in planted(kind, 100):
            assert one.shown in one.text
            if "city" not in one.way and one.way not in ("last, first",):
                assert stands_in(one.value, one.text), one


def test_a_bound_is_below_its_share() -> None:
    found = Recall("id", tried=5000)
    assert found.low == pytest.approx(0.05 ** (1 / 5000))


def test_generators_follow_their_seed() -> None:
    first: list[Planted] = list(planted("mobile", 20, seed=3))
    assert first == list(planted("mobile", 20, seed=3))
    assert first != list(planted("mobile", 20, seed=4))


def test_values_have_the_lengths_of_their_kind() -> None:
    chance = Random(1)  # noqa: S311
    assert {len(identity_number(chance)) for _ in range(50)} == {18}
    assert {len(card_number(chance)) for _ in range(200)} == {16, 17, 18, 19}
