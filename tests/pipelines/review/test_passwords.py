"""Hashes of passwords."""

import time
import unicodedata

from argon2 import PasswordHasher
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.review.passwords import Passwords, is_long_enough, one_time
from tests.pipelines.review.conftest import CHEAP


@settings(max_examples=40)
@given(st.text(max_size=40), st.text(max_size=40))
def test_only_the_password_itself_fits(password: str, other: str) -> None:
    kept = CHEAP.hash(password)
    assert CHEAP.fits(password, kept)
    same = unicodedata.normalize("NFKC", password) == unicodedata.normalize("NFKC", other)
    assert CHEAP.fits(other, kept) == same


def test_a_password_is_the_same_from_whatever_keyboard() -> None:
    kept = CHEAP.hash("Ａ１ｃａｆｅ\u0301")
    assert CHEAP.fits("A1caf\u00e9", kept)


def test_it_is_argon2id_and_no_two_hashes_are_the_same() -> None:
    strong = Passwords()
    kept = strong.hash("x" * 12)
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert CHEAP.hash("x" * 12) != CHEAP.hash("x" * 12)


def test_no_hash_and_a_broken_one_fit_nothing() -> None:
    assert not CHEAP.fits("", "")
    assert not CHEAP.fits("x", "no hash")


def test_a_name_that_nobody_has_takes_as_long_as_a_wrong_password() -> None:
    slow = Passwords(PasswordHasher(time_cost=4, memory_cost=4096, parallelism=1))
    kept = slow.hash("right")

    def seconds(kept: str) -> float:
        spent = []
        for _ in range(5):
            start = time.process_time()
            slow.fits("wrong", kept)
            spent.append(time.process_time() - start)
        return min(spent)

    assert 0.5 < seconds(kept) / seconds("") < 2


def test_a_one_time_password_is_long_enough_and_never_comes_twice() -> None:
    made = {one_time() for _ in range(200)}
    assert len(made) == 200
    assert all(is_long_enough(each) for each in made)
