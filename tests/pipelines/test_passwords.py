import pytest

from pipelines.passwords import hidden


@pytest.mark.parametrize("word", ["a:b", "p@ss", "p/w", "ge%40heim"])
def test_no_part_of_a_password_is_left(word: str) -> None:
    assert hidden(f"postgresql://u:{word}@host/db is down") == "postgresql://u:***@host/db is down"
