"""How a server is asked: its address, its model, and the bounds of a run."""

import json
from typing import Literal

from pydantic import BaseModel, ConfigDict, field_validator
from pydantic import Field as Described

from risk.reasoning import profiles
from risk.reasoning.profiles import Profile

Structured = Literal["json_schema", "json_object", "none"]


class ServerSettings(BaseModel):
    """An OpenAI-compatible server and how much may be asked of it.

    Attributes:
        url: Its address up to `/v1`.
        model: The name under which it offers the model.
        profile: How that kind of model is asked; in TOML the name of a known one will do.
        concurrency: Most requests under way at once; fewer where the server has too much.
        timeout_s: Seconds one request may take, thinking included.
        connect_timeout_s: Seconds to a connection.
        retries: How often a request is asked again where the failure may pass.
        retry_wait_s: Longest wait before the first retry; doubles with each, drawn at random.
        patience: Requests in a row without a reply after which no more are asked.
        token_budget: Tokens read and written over a whole run; None without end.
        time_budget_s: Seconds a whole run may take; None without end.
        structured: How the form of the answer is enforced: by JSON schema, as any JSON object
            (the DeepSeek API), or not at all.
        send_thinking_budget: Whether `thinking_token_budget` is sent; vLLM enforces it.
        seed: Of the sampling; None leaves it to the server.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Described(pattern=r"^https?://[^\s/]+[^\s]*$")
    model: str = Described(min_length=1)
    profile: Profile
    concurrency: int = Described(default=64, ge=1, le=4_096)
    timeout_s: float = Described(default=900, gt=0)
    connect_timeout_s: float = Described(default=10, gt=0)
    retries: int = Described(default=5, ge=0, le=20)
    retry_wait_s: float = Described(default=1, ge=0)
    patience: int = Described(default=20, ge=1)
    token_budget: int | None = Described(default=None, ge=1)
    time_budget_s: float | None = Described(default=None, gt=0)
    structured: Structured = "json_schema"
    send_thinking_budget: bool = True
    seed: int | None = None

    @field_validator("profile", mode="before")
    @classmethod
    def _known(cls, given: object) -> object:
        return profiles.profile(given) if isinstance(given, str) else given

    def identity(self, prompt_digest: str, schema_digest: str) -> str:
        """Everything here that may change an answer, as canonical JSON; no address, no bounds."""
        said = {
            "backend": "server/1",
            "prompt": prompt_digest,
            "schema": schema_digest,
            "model": self.model,
            "profile": self.profile.model_dump(mode="json", exclude={"name"}),
            "structured": self.structured,
            "thinking_budget": self.send_thinking_budget,
            "seed": self.seed,
        }
        return json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
