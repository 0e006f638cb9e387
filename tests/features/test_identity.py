from hypothesis import given
from hypothesis import strategies as st

from features.identity import id_check_character, luhn

DIGITS = st.text("0123456789", min_size=17, max_size=17)


@given(DIGITS, st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_never_keeps_the_check_character(digits: str, at: int, by: int) -> None:
    wrong = digits[:at] + str((int(digits[at]) + by) % 10) + digits[at + 1 :]
    assert id_check_character(wrong) != id_check_character(digits)


@given(DIGITS.filter(lambda digits: int(digits) > 0))
def test_exactly_one_check_digit_makes_a_card(digits: str) -> None:
    assert sum(luhn(digits + str(last)) for last in range(10)) == 1


def test_zeros_are_no_card() -> None:
    assert not luhn("0" * 16)
