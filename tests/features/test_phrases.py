"""Phrases of a list: whole words, longest first, at their exact place, unless denied."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.phrases import negated, phrases_in

WORDS = ("租房", "房", "rent", "rented flat", "ＡＢ")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("现租房居住", ["租房"]),
        ("Lives in a rented\n  FLAT.", ["rented flat"]),
        ("current parents", []),
        ("rent", ["rent"]),
        ("ｒｅｎｔ，ab", ["rent", "ＡＢ"]),
        ("", []),
    ],
)
def test_the_longest_whole_phrase_is_found(text, found):
    hits = phrases_in(text, WORDS)
    assert [hit.phrase for hit in hits] == found
    assert all(hits[n].end <= hits[n + 1].start for n in range(len(hits) - 1))


def test_no_phrases_find_nothing():
    assert phrases_in("anything", ()) == ()


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        ("名下无自有X", True),
        ("并没有X", True),
        ("he does not own a X", True),
        ("doesn't X", True),
        ("He is an owner of the X", False),
        ("现有X", False),
        ("piano X", False),
    ],
)
def test_a_denial_just_before_the_place_counts(text, denied):
    assert negated(text, text.index("X")) is denied


@given(st.text(max_size=60), st.lists(st.text(min_size=1, max_size=6), max_size=4))
@settings(max_examples=60)
def test_places_lie_inside_the_text_whatever_it_holds(text, words):
    for hit in phrases_in(text, tuple(words)):
        assert 0 <= hit.start < hit.end <= len(text)
        assert hit.phrase in words
