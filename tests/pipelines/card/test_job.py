from collections import Counter
from pathlib import Path

import pytest

from features.errors import DataError
from features.language import LANGUAGES, Text
from pipelines.card.job import CardOptions, card, run
from pipelines.card.known import Known
from pipelines.card.settings import CardSettings
from pipelines.errors import ConfigError
from pipelines.job import Silent
from pipelines.tracking import Tracking
from risk.sheet import to_html
from tests.pipelines.command import risk
from tests.pipelines.conftest import Bank
from tests.pipelines.test_cli import only_object


def test_both_languages_say_the_same_things(known: Known, reported: Known) -> None:
    for each in (known, reported):
        sheets = [card(each, language) for language in LANGUAGES]
        kinds = [Counter(type(block).__name__ for block in sheet.blocks) for sheet in sheets]
        assert kinds[0] == kinds[1]


def test_a_card_is_written_twice_over_and_kept_beside_the_model(bank: Bank, tmp_path: Path) -> None:
    options = CardOptions("champion", tmp_path / "cards", "en")
    result = run(bank.config, options, Silent())
    assert result.run_id == bank.trained.run_id
    assert result.counts == {"feature": 21, "protected": 3, "unstated": 5}
    names = {"model-card-small-1.html", "model-card-small-1.md"}
    assert {p.name for p in options.output.iterdir()} == names
    text = (options.output / "model-card-small-1.md").read_text("utf-8")
    assert text.startswith("# Model card: small, version 1\n")
    tracking = Tracking(bank.config.tracking, "small")
    assert tracking.text(bank.trained.run_id, "card/model-card.en.md") == text
    assert "模型卡" in (tracking.text(bank.trained.run_id, "card/model-card.zh.html") or "")


def test_the_same_card_may_be_written_again_and_one_worked_on_by_hand_stays(
    bank: Bank, tmp_path: Path
) -> None:
    options = CardOptions("1", tmp_path, "zh")
    run(bank.config, options, Silent())
    run(bank.config, options, Silent())
    place = tmp_path / "model-card-small-1.md"
    place.write_text("by hand", "utf-8")
    with pytest.raises(ConfigError, match="--replace"):
        run(bank.config, options, Silent())
    assert place.read_text("utf-8") == "by hand"
    run(bank.config, CardOptions("1", tmp_path, "zh", replace=True), Silent())
    assert "模型卡" in place.read_text("utf-8")


def test_a_place_where_nothing_can_be_written_is_named(bank: Bank) -> None:
    with pytest.raises(DataError, match=r"/proc/nowhere.* cannot be written"):
        run(bank.config, CardOptions("1", Path("/proc/nowhere"), "en"), Silent())


def test_a_hostile_text_is_text(known: Known) -> None:
    hostile = Text(zh="<script>1</script>", en="<script>1</script> {x}")
    config = known.config.model_copy(update={"card": CardSettings(owner=hostile)})
    page = to_html(card(Known(**{**vars(known), "config": config}), "en"))
    assert "<script" not in page
    assert "&lt;script&gt;1&lt;/script&gt; {x}" in page


def test_the_command_writes_a_card(bank: Bank, tmp_path: Path) -> None:
    config = str(bank.folder / "risk.toml")
    done = risk("card", "champion", "-c", config, "--json", "--lang", "zh", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    files = only_object(done.stdout)["files"]
    assert isinstance(files, dict)
    assert {Path(place).name for place in files.values()} == {p.name for p in tmp_path.iterdir()}
