"""What a person confirms, on the command line and in the folder."""

from pathlib import Path

import pytest

from pipelines.errors import ConfigError
from pipelines.intake.confirmed import check_papers, confirm, confirmations
from tests.pipelines.intake.given import DICTIONARY, RULES, said


def confirmed(folder: Path, *arguments: str, text: str = "") -> dict[str, str]:
    (folder / "confirmed.toml").write_text(text, "utf-8")
    return confirmations(folder, arguments, DICTIONARY, RULES).fields


def test_a_confirmed_value_settles_what_papers_leave_open(tmp_path: Path) -> None:
    readings = tuple(said("月收入：8000", "月收入：9000").values())
    settled = {r.field.name: r for r in confirm(readings, confirmed(tmp_path, "income=9,000"))}
    assert (settled["income"].state, settled["income"].value) == ("confirmed", "9000")
    assert len(settled["income"].found) == 2
    assert settled["term"].state == "missing"


def test_the_file_takes_values_as_toml_has_them(tmp_path: Path) -> None:
    text = '[fields]\nincome = 8000.5\napplication_date = 2026-03-05\nhousing = "rent"\n'
    assert confirmed(tmp_path, "housing=rent", text=text) == {
        "income": "8000.5", "application_date": "2026-03-05", "housing": "rent",
    }  # fmt: skip
    assert confirmations(tmp_path / "none", (), DICTIONARY, RULES).fields == {}


@pytest.mark.parametrize(
    ("arguments", "text", "said_"),
    [
        (("income",), "", "FIELD=VALUE"),
        (("=5",), "", "FIELD=VALUE"),
        (("nobody=5",), "", "nobody"),
        (("gender=f",), "", "gender"),
        (("income=-1",), "", "value of income breaks a rule"),
        (("income=NA",), "", "value of income breaks a rule"),
        (("income=5", "income=6"), "", "confirmed already"),
        (("income=5",), "[fields]\nincome = 6", "confirmed already"),
        ((), "income = 5", "takes the tables"),
        ((), "fields = 5", "takes the tables"),
        ((), "[fields]\nincome = [5]", "no text, number or date"),
        ((), "[", "not valid TOML"),
        ((), '[papers]\n"a.jpg" = "letter"', 'names "letter"'),
    ],
)
def test_a_mistake_is_named_and_no_value_is_repeated(
    tmp_path: Path, arguments: tuple[str, ...], text: str, said_: str
) -> None:
    with pytest.raises(ConfigError, match=said_):
        confirmed(tmp_path, *arguments, text=text)


def test_a_paper_that_is_vouched_for_must_be_there(tmp_path: Path) -> None:
    (tmp_path / "confirmed.toml").write_text('[papers]\n"a.jpg" = "form"', "utf-8")
    given = confirmations(tmp_path, (), DICTIONARY, RULES)
    check_papers(given, {"a.jpg"})
    with pytest.raises(ConfigError, match=r"a\.jpg"):
        check_papers(given, {"b.jpg"})


def test_a_link_confirms_nothing(tmp_path: Path) -> None:
    (tmp_path / "else.toml").write_text("[fields]\nincome = 5\n", "utf-8")
    (tmp_path / "confirmed.toml").symlink_to(tmp_path / "else.toml")
    with pytest.raises(ConfigError, match="is a link"):
        confirmations(tmp_path, (), DICTIONARY, RULES)
