"""Model profiles: how a reasoning model is sampled, and where its thinking begins and ends.

What a profile cannot know, the address and the name under which a server offers the model, is the
bank's configuration.
"""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, JsonValue, model_validator
from pydantic import Field as Described

from risk.errors import BackendError

Thinking = Literal["opened", "written", "none"]

LEAST_PROMPT_TOKENS = 4_096  # the words of the prompt alone take most of it


class Profile(BaseModel):
    """How to ask one kind of model.

    Attributes:
        name: What it is called in `risk.toml`.
        thinking: `opened`: the chat template itself writes `<think>`, so a reply starts inside
            the thinking. `written`: the model writes `<think>` itself. `none`: it answers at once.
        parser: The reasoning parser that vLLM must be started with; empty where there is none.
        temperature: Sampling temperature.
        top_p: Share of the probability that sampling draws from.
        thinking_tokens: Most tokens of thinking; enforced by the server where it can.
        answer_tokens: Most tokens of the answer after the thinking.
        context_tokens: Tokens of prompt, thinking and answer together that the model can hold.
        template_arguments: What the chat template takes beside the messages.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    thinking: Thinking = "opened"
    parser: str = "deepseek_r1"
    temperature: float = Described(default=0.6, ge=0, le=2)
    top_p: float = Described(default=0.95, gt=0, le=1)
    thinking_tokens: int = Described(default=6_000, ge=0)
    answer_tokens: int = Described(default=4_000, ge=256)
    context_tokens: int = Described(default=32_768, ge=2_048)
    template_arguments: dict[str, JsonValue] = Described(default_factory=dict)

    @property
    def thinks(self) -> bool:
        """Whether an answer without thinking is a bad one."""
        return self.thinking != "none"

    @property
    def reply_tokens(self) -> int:
        """Most tokens of a whole reply."""
        return self.answer_tokens + (self.thinking_tokens if self.thinks else 0)

    @property
    def prompt_tokens(self) -> int:
        """Tokens left for the prompt."""
        return self.context_tokens - self.reply_tokens

    @model_validator(mode="after")
    def _room_for_a_case(self) -> Self:
        if self.prompt_tokens < LEAST_PROMPT_TOKENS:
            raise ValueError(
                f"context_tokens {self.context_tokens} leave {self.prompt_tokens} for a case, "
                f"under {LEAST_PROMPT_TOKENS}; lower thinking_tokens or answer_tokens"
            )
        return self


PROFILES: dict[str, Profile] = {
    profile.name: profile
    for profile in (
        # DeepSeek's advice for R1: temperature 0.6, top_p 0.95, no system prompt, thinking forced.
        Profile(name="deepseek-r1"),
        # From 0528 on, the chat template no longer opens the thinking; the model does.
        Profile(name="deepseek-r1-0528", thinking="written"),
        Profile(name="deepseek-r1-distill-qwen"),
        Profile(name="deepseek-r1-distill-llama"),
        Profile(name="deepseek-v3", thinking="none", parser="", temperature=0.3),
        Profile(
            name="deepseek-v3.1-thinking",
            parser="deepseek_v3",
            template_arguments={"thinking": True},
        ),
        Profile(name="qwen3", thinking="written", parser="qwen3"),
    )
}


def profile(name: str) -> Profile:
    """The profile of that name.

    Raises:
        BackendError: There is none.
    """
    if name not in PROFILES:
        raise BackendError(
            f'no model profile "{name}"; known are {", ".join(PROFILES)}; others are described '
            "in risk.toml by a table `profile` in place of the name"
        )
    return PROFILES[name]
