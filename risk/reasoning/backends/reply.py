"""A model's raw reply read apart: the thinking, the answer, and why there may be none.

Servers put the thinking into `reasoning`, into `reasoning_content`, or leave `<think>` in the
text; all three come through here. Whether the answer itself is any good is `claims.parse`.
"""

import re
from typing import NamedTuple

from risk.reasoning.backends.base import Answered, Failed, Failure, Outcome
from risk.reasoning.profiles import Profile

_OPEN, _CLOSE = "<think>", "</think>"
# The server gave up, not the model; vLLM and SGLang, llama.cpp, and the DeepSeek API.
_STOPPED = ("abort", "error", "insufficient_system_resource")
_REFUSAL = re.compile(
    r"\s*(?:(?:i'?m|i am) (?:sorry|unable|not able)|sorry|i (?:can(?:no|')t|won'?t)|as an ai\b"
    r"|(?:非常)?(?:抱歉|对不起)|我(?:无法|不能)|作为(?:一个|一名)?(?:AI|人工智能))",
    re.I,
)


class Reply(NamedTuple):
    """What a server or an engine gave back.

    Attributes:
        content: The text; None where the server sent none.
        reasoning: The thinking, where the server has split it off; else None.
        finish_reason: Why it ended, in the server's words.
        model: What answered.
        prompt_tokens: Tokens read.
        answer_tokens: Tokens written, thinking included.
        seconds: How long it took.
        refusal: The server's own word that the model refused.
    """

    content: str | None
    reasoning: str | None = None
    finish_reason: str = "stop"
    model: str = ""
    prompt_tokens: int = 0
    answer_tokens: int = 0
    seconds: float = 0.0
    refusal: str | None = None


def read(reply: Reply, profile: Profile) -> Outcome:
    """The answer in a reply, or why it holds none.

    Example:
        >>> from risk.reasoning.profiles import PROFILES
        >>> read(Reply("so <think> it is</think>\\n{}"), PROFILES["deepseek-r1"]).text
        '{}'
        >>> read(Reply("and on and on", finish_reason="length"), PROFILES["deepseek-r1"]).code
        <Failure.UNFINISHED_THINKING: 'thinking-unfinished'>
    """
    thinking, text, closed = _split(reply, profile)
    fault = _fault(reply, profile, thinking, text, closed=closed)
    spent = {
        "model": reply.model,
        "prompt_tokens": reply.prompt_tokens,
        "answer_tokens": reply.answer_tokens,
        "seconds": reply.seconds,
    }
    if fault is not None:
        return Failed.model_validate({"code": fault, "detail": reply.finish_reason[:40], **spent})
    said = {"text": text, "thinking": thinking, "finish_reason": reply.finish_reason}
    return Answered.model_validate({**said, **spent})


def _split(reply: Reply, profile: Profile) -> tuple[str, str, bool]:
    """Thinking, answer, and whether the thinking came to its end."""
    text = reply.content or ""
    before, mark, after = text.partition(_CLOSE)
    if text.lstrip().startswith("{"):
        mark = ""  # the mark stands inside the answer
    if reply.reasoning:
        # A parser that saw no end of the thinking hands over no content at all; some gateways
        # split the thinking off and leave it in the text as well.
        return reply.reasoning, (after if mark else text).strip(), reply.content is not None
    if mark:
        return before.replace(_OPEN, "", 1).strip(), after.strip(), True
    opened = text.lstrip().startswith(_OPEN)
    # An answer in the grammar of the schema starts with a brace: it skipped the thinking.
    inside = opened or (profile.thinking == "opened" and not text.lstrip().startswith("{"))
    if inside and not _refuses(reply, text):
        return text.replace(_OPEN, "", 1).strip(), "", False
    return "", text.strip(), True


def _refuses(reply: Reply, text: str) -> bool:
    """Whether it declines; a text cut off at its length is thinking that began with "I can't"."""
    return reply.finish_reason != "length" and _REFUSAL.match(text) is not None


def _fault(
    reply: Reply, profile: Profile, thinking: str, text: str, *, closed: bool
) -> Failure | None:
    if reply.finish_reason == "content_filter":
        return Failure.FILTERED
    if reply.finish_reason == "repetition":
        return Failure.REPETITION
    if reply.finish_reason in _STOPPED:
        return Failure.SERVER_ERROR
    if reply.refusal or _refuses(reply, text):
        return Failure.REFUSED
    if profile.thinks and not closed:
        return Failure.UNFINISHED_THINKING
    if reply.finish_reason == "length":
        return Failure.TRUNCATED
    if profile.thinks and not thinking.strip():
        return Failure.NO_THINKING
    return None
