"""What a server back end is told, and which of it makes another answer."""

import pytest
from pydantic import ValidationError

from risk.reasoning.backends.server import ServerBackend
from risk.reasoning.backends.settings import ServerSettings


def test_the_identity_is_that_of_the_answer_and_not_of_the_address() -> None:
    given = ServerSettings(url="http://a/v1", model="m", profile="deepseek-r1")

    def identity(**more: object) -> str:
        return ServerBackend(ServerSettings.model_validate({**dict(given), **more})).identity

    same = [{"url": "https://b:8000/v1"}, {"timeout_s": 5}, {"concurrency": 3}, {"retries": 0}]
    other = [
        {"model": "n"}, {"profile": "deepseek-v3"}, {"structured": "none"}, {"seed": 1},
        {"send_thinking_budget": False},
    ]  # fmt: skip
    assert {identity(**more) for more in same} == {identity()}
    assert len({identity(), *(identity(**more) for more in other)}) == len(other) + 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "localhost:8000"}, {"url": "http:///v1"}, {"model": ""}, {"concurrency": 0},
        {"timeout": 3}, {"token_budget": 0}, {"time_budget_s": 0},
    ],
)  # fmt: skip
def test_settings_that_cannot_be_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ServerSettings.model_validate(
            {"url": "http://a/v1", "model": "m", "profile": "deepseek-r1", **wrong}
        )
