"""Generated sums and dates are read exactly, and the numbers beside them are left alone."""

from tests.benchmarks.extraction import DEMANDED, measure, sentences, total

EACH = 25


def test_sums_dates_and_other_numbers_are_told_apart() -> None:
    found = measure(EACH, seed=7)
    for kind in ("amount", "date", "month", "neither"):
        share = total(found, kind)
        assert share.share >= DEMANDED, [text for one in found.values() for text in one.missed]
    assert sum(share.asked for share in found.values()) >= 2_000
    assert len(found) >= 24


def test_what_a_sentence_claims_stands_in_it() -> None:
    for one in sentences(3, seed=1):
        for found in (*one.amounts, *one.days):
            shown = one.text[found.start : found.end]
            assert shown
            assert shown == shown.strip()
