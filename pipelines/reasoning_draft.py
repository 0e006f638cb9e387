"""The reasoning section of a first `risk.toml`, commented out.

One comment sign off each line turns it on: a setting carries one, prose carries two. What its
keys mean belongs to `pipelines.config` and `risk.reasoning.backends.settings`.
"""

import json
from collections.abc import Iterator, Mapping

from features.language import Language, catalogue
from pipelines.config import ReasoningSettings
from risk.reasoning.backends.settings import ServerSettings
from risk.reasoning.profiles import PROFILES

_WIDTH = 40  # of a setting before its comment

_SECTION: dict[str, object] = {
    "backend": "server",
    "keep_thinking_days": ReasoningSettings.model_fields["keep_thinking_days"].default,
    "gpus": ReasoningSettings.model_fields["gpus"].default,
    "gpu_hour_price": ReasoningSettings.model_fields["gpu_hour_price"].default,
}
_SERVER: dict[str, object] = {
    "url": "http://127.0.0.1:8000/v1",
    "model": "deepseek-r1",
    "profile": "deepseek-r1-distill-qwen",
    "concurrency": ServerSettings.model_fields["concurrency"].default,
    "timeout_s": ServerSettings.model_fields["timeout_s"].default,
    "token_budget": 40_000_000,
}


def draft_reasoning(language: Language) -> list[str]:
    """The section's lines; with one `#` off each they are TOML that `RunConfig` takes.

    Args:
        language: Language of the comments.

    Example:
        >>> [line for line in draft_reasoning("en") if "[" in line[:4]]
        ['# [reasoning]', '# [reasoning.server]']
    """
    texts = catalogue("pipelines")
    prose = ("config.reasoning", "config.reasoning_documents", "config.reasoning_more")
    return [
        *(f"## {texts.text(language, key)}" for key in prose),
        "# [reasoning]",
        *_settings(_SECTION, language),
        "#",
        "# [reasoning.server]",
        *_settings(_SERVER, language),
    ]


def _settings(values: Mapping[str, object], language: Language) -> Iterator[str]:
    texts = catalogue("pipelines")
    for key, value in values.items():
        setting = f"# {key} = {json.dumps(value)}"
        said = texts.text(language, f"config.reasoning.{key}", profiles=", ".join(PROFILES))
        yield f"{setting:<{_WIDTH}} # {said}"
