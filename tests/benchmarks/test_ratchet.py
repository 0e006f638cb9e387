"""A short run of the ratchet over generated answers; the long one is a command."""

from tests.benchmarks.ratchet import violations


def test_twenty_thousand_generated_answers_violate_nothing() -> None:
    assert not violations(20_000, seed=1)
