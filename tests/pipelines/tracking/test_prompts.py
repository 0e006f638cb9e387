import pytest

from risk.reasoning import prompt
from tests.pipelines.tracking.conftest import Room


def test_a_prompt_is_registered_with_the_place_of_the_case_open(room: Room) -> None:
    made = room.tracking.prompt("zh")
    known = room.client.load_prompt(made.uri)
    assert made.name == "mingjian-reasoning-zh"
    assert known.template == prompt.template("zh")
    assert known.variables == {"case"}
    assert known.tags["mingjian.digest"] == made.digest == prompt.digest()


def test_the_same_words_are_registered_once(room: Room) -> None:
    assert room.tracking.prompt("zh") == room.tracking.prompt("zh")
    assert room.tracking.prompt("en").name == "mingjian-reasoning-en"


def test_other_words_make_one_new_version(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    before = int(room.tracking.prompt("en").version)
    for words in ("one {{case}}", "two {{case}}"):
        with monkeypatch.context() as changed:
            changed.setattr(prompt, "template", lambda language, words=words: words)
            changed.setattr(prompt, "digest", lambda words=words: words)
            made = room.tracking.prompt("en")
            assert room.tracking.prompt("en") == made
        assert room.client.load_prompt(made.uri).template == words
    assert int(made.version) == before + 2


def test_a_run_names_its_prompt(room: Room) -> None:
    run_id = room.run()
    made = room.tracking.prompt("zh", run_id)
    assert made.name in room.client.get_run(run_id).data.tags["mlflow.linkedPrompts"]
