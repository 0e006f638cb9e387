from pathlib import Path

import pytest

from features.language import Text
from pipelines.config import RunConfig
from pipelines.errors import ConfigError

MINIMAL = "[policy]\napprove = 0.1\ndecline = 0.3\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "risk.toml"
    path.write_text(text, "utf-8")
    return path


def test_paths_start_at_the_folder_of_the_file(tmp_path: Path) -> None:
    config = RunConfig.read(written(tmp_path, MINIMAL))
    assert config.dictionary == tmp_path / "dictionary.toml"
    assert config.tracking == str(tmp_path / "mlruns")
    assert config.web.reports == tmp_path / "reports"


def test_an_overlay_is_found_beside_the_config(tmp_path: Path) -> None:
    more = '\n[reasoning]\noverlay = "evaluation/overlay.json"\n'
    config = RunConfig.read(written(tmp_path, MINIMAL + more))
    assert config.reasoning.overlay == tmp_path / "evaluation" / "overlay.json"


def test_a_tracking_address_is_kept(tmp_path: Path) -> None:
    config = RunConfig.read(written(tmp_path, 'tracking = "http://127.0.0.1:5000"\n' + MINIMAL))
    assert config.tracking == "http://127.0.0.1:5000"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (MINIMAL + "approv = 1\n", "policy.approv"),
        ("[samples]\nmaturity = 12\n" + MINIMAL, "samples.maturity"),
        ("name = \n", "not valid TOML"),
        ("[policy]\napprove = 0.5\ndecline = 0.3\n", "policy"),
        ("", "policy"),
        ("[training]\napprove_below = 0.1\n" + MINIMAL, "follows from"),
        ('name = "a/b"\n' + MINIMAL, "name"),
        (MINIMAL + '[notice]\nlender = "Bank"\n', "notice.contact"),
        (MINIMAL + '[notice]\nlender = "Bank"\ncontact = "c"\nlaw = "us"\n', "address"),
        (MINIMAL + '[card]\nowners = "we"\n', "card.owners"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(tmp_path: Path, text: str, named: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigError, match=named) as caught:
        RunConfig.read(path)
    assert str(path) in str(caught.value)


def test_a_missing_file_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="risk init"):
        RunConfig.read(tmp_path / "risk.toml")


def test_language_and_places_do_not_decide_an_output(tmp_path: Path) -> None:
    here = RunConfig.read(written(tmp_path, MINIMAL))
    there = RunConfig.read(written(tmp_path, 'language = "en"\ntracking = "x"\n' + MINIMAL))
    assert here.decides() == there.decides()


def test_who_writes_and_what_is_stated_may_differ_by_language(tmp_path: Path) -> None:
    more = """
[notice]
lender = {zh = "明湖银行", en = "Minghu Bank"}
contact = "review@bank.example"
law = "cn"

[card]
purpose = {zh = "审批", en = "approval"}
"""
    config = RunConfig.read(written(tmp_path, MINIMAL + more))
    assert config.notice is not None
    assert config.notice.lender == Text(zh="明湖银行", en="Minghu Bank")
    assert (config.notice.contact.zh, config.notice.review_days) == ("review@bank.example", 30)
    assert config.card.purpose.en == "approval"
    assert config.card.owner.en == ""


def test_nobody_writes_unless_the_config_says_who(tmp_path: Path) -> None:
    assert RunConfig.read(written(tmp_path, MINIMAL)).notice is None


def test_what_is_said_to_people_decides_no_output(tmp_path: Path) -> None:
    more = '[notice]\nlender = "Bank"\ncontact = "c"\n[card]\nowner = "we"\n[review]\nhours = 8\n'
    here = RunConfig.read(written(tmp_path, MINIMAL))
    assert RunConfig.read(written(tmp_path, MINIMAL + more)).decides() == here.decides()
