"""What is sent to a server, and what is made of whatever it sends back.

Sends nothing itself (`client`); nothing of the case reaches an error or a log.
"""

import json
import re

from pydantic import BaseModel, JsonValue, ValidationError
from pydantic import Field as Described

from risk.errors import BackendError
from risk.reasoning.backends.asking import Tried
from risk.reasoning.backends.base import Failed, Failure, Request
from risk.reasoning.backends.reply import Reply, read
from risk.reasoning.backends.settings import ServerSettings
from risk.reasoning.profiles import Profile
from risk.reasoning.question import CASE, Question


class Envelope:
    """Makes the body of each request; what all share is written once."""

    def __init__(self, settings: ServerSettings, question: Question = CASE) -> None:
        """Prepare for requests of one kind under `settings`."""
        self._messages = question.messages
        self._before = '{"messages":'
        self._after = "," + json.dumps(parameters(settings, question))[1:]

    def of(self, request: Request) -> bytes:
        """The body of a request."""
        said = [message._asdict() for message in self._messages(request)]
        text = f"{self._before}{json.dumps(said, ensure_ascii=False)}{self._after}"
        # A half of a surrogate pair cannot be sent; it stands for no character anyway.
        return text.encode("utf-8", "replace")


def parameters(settings: ServerSettings, question: Question = CASE) -> dict[str, JsonValue]:
    """Everything of a request but its messages.

    Example:
        >>> from risk.reasoning.profiles import PROFILES
        >>> given = {"url": "http://h/v1", "model": "m", "profile": PROFILES["deepseek-v3"]}
        >>> sorted(parameters(ServerSettings(**given, structured="none")))
        ['max_tokens', 'model', 'stream', 'temperature', 'top_p']
    """
    profile = settings.profile
    body: dict[str, JsonValue] = {
        "model": settings.model,
        "temperature": profile.temperature,
        "top_p": profile.top_p,
        "max_tokens": profile.reply_tokens,
        "stream": False,
    }
    if settings.seed is not None:
        body["seed"] = settings.seed
    if settings.structured == "json_schema":
        schema: JsonValue = wire_schema(question)
        named: dict[str, JsonValue] = {"name": "answer", "schema": schema, "strict": True}
        body["response_format"] = {"type": "json_schema", "json_schema": named}
    elif settings.structured == "json_object":
        body["response_format"] = {"type": "json_object"}
    # What follows is no part of OpenAI's own interface; vLLM and SGLang know it.
    if settings.send_thinking_budget and profile.thinks:
        body["thinking_token_budget"] = profile.thinking_tokens
    if profile.template_arguments:
        body["chat_template_kwargs"] = dict(profile.template_arguments)
    return body


def wire_schema(question: Question = CASE) -> dict[str, JsonValue]:
    """The schema of an answer with nothing in it that only people read."""
    return {
        key: _trimmed(part, names=key in _NAMED)
        for key, part in question.schema().items()
        if key not in _FOR_PEOPLE
    }


# Names of fields are kept: "title" or "default" might be one.
_FOR_PEOPLE = ("title", "description", "default", "examples")
_NAMED = ("properties", "$defs")


def _trimmed(schema: JsonValue, *, names: bool = False) -> JsonValue:
    if isinstance(schema, list):
        return [_trimmed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: _trimmed(part, names=not names and key in _NAMED)
        for key, part in schema.items()
        if names or key not in _FOR_PEOPLE
    }


class _Part(BaseModel):
    text: str = ""


class _Message(BaseModel):
    content: str | list[_Part] | None = None
    reasoning: str | None = None
    reasoning_content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Cached(BaseModel):
    cached_tokens: int | None = None


class _Usage(BaseModel):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: _Cached | None = None


class Completion(BaseModel):
    """What we read of a chat completion; everything else in it is passed over."""

    model: str | None = None
    choices: list[_Choice] = Described(min_length=1)
    usage: _Usage | None = None

    @property
    def cached_tokens(self) -> int | None:
        """Tokens of the prompt that were read before; None where the server does not say."""
        details = self.usage.prompt_tokens_details if self.usage else None
        return details.cached_tokens if details else None

    def reply(self, seconds: float) -> Reply:
        """The first choice."""
        choice, usage = self.choices[0], self.usage or _Usage()
        said = choice.message
        content = said.content
        if isinstance(content, list):
            content = "".join(part.text for part in content)
        return Reply(
            content=content,
            reasoning=said.reasoning if said.reasoning is not None else said.reasoning_content,
            finish_reason=_word(choice.finish_reason or ""),
            model=self.model or "",
            prompt_tokens=max(usage.prompt_tokens or 0, 0),
            answer_tokens=max(usage.completion_tokens or 0, 0),
            seconds=seconds,
            refusal=said.refusal,
        )


_WORD = re.compile("[A-Za-z_-]{0,40}")


def _word(said: str) -> str:
    """Why a reply ended, which is one word; a server's other words may repeat the case."""
    return said if _WORD.fullmatch(said) else "other"


def understood(content: bytes, profile: Profile, seconds: float) -> Tried:
    """What a body that came with a good status says.

    Example:
        >>> from risk.reasoning.profiles import PROFILES
        >>> understood(b"<html>", PROFILES["deepseek-v3"], 0.1).outcome.code
        <Failure.GARBLED: 'reply-garbled'>
    """
    try:
        completion = Completion.model_validate_json(content)
    except ValidationError as error:
        # The kind of the error alone: the rest of it holds what was sent.
        kind = error.errors(include_input=False, include_url=False, include_context=False)[0]
        return _failed(Failure.GARBLED, f"no chat completion ({kind['type']})")
    return Tried(read(completion.reply(seconds), profile))


_TOO_LONG = re.compile(
    r"context[ _-]?(?:length|size|window)|max(?:imum)?[ _](?:model|sequence|input)[ _]?len"
    r"|longer than the (?:maximum|model)|prompt is too long|too many (?:input )?tokens",
    re.I,
)
_NO_MODEL = re.compile(r"model[^.]{0,200}?(?:not exist|not found)", re.I | re.S)
_OVERLOADED = (429, 503, 529)


def refused(status: int, said: str, retry_after_s: float, settings: ServerSettings) -> Tried:
    """What an error status means for one request.

    Args:
        status: The HTTP status.
        said: The body, which is read for its kind and never repeated.
        retry_after_s: Seconds the server wants to be left alone.
        settings: Whose address and model were asked.

    Raises:
        BackendError: With this address, key or model nothing can be asked at all.
    """
    said = said[:4_000]
    _refuse_all(status, said, settings)
    detail = f"HTTP {status}"
    if status == 429:
        return Tried(Failed(code=Failure.RATE_LIMITED, detail=detail), True, retry_after_s)
    if status >= 500:
        failed = Failed(code=Failure.SERVER_ERROR, detail=detail)
        return Tried(failed, status in _OVERLOADED, retry_after_s)
    if status in (408, 425):
        return Tried(Failed(code=Failure.TIMEOUT, detail=detail), True, retry_after_s)
    if status == 413 or _TOO_LONG.search(said):
        return _failed(Failure.TOO_LONG, detail)
    return _failed(Failure.REJECTED, detail)


def _refuse_all(status: int, said: str, settings: ServerSettings) -> None:
    """Raise where the next request would fare no better."""
    asked = f"{settings.url} answered HTTP {status}"
    if status < 400:
        raise BackendError(f"{asked}, a redirection; set url to the address that it leads to")
    if status in (401, 403):
        raise BackendError(f"{asked}; give the api key that this server asks for")
    if status == 402:
        raise BackendError(f"{asked}; the account behind the api key has no credit left")
    if status in (404, 405):
        raise BackendError(
            f'{asked}; set model to a name that the server offers ("{settings.model}" now), '
            "and url to its address up to /v1"
        )
    if status < 500 and not _TOO_LONG.search(said) and _NO_MODEL.search(said):
        raise BackendError(f'{asked}: it does not know model "{settings.model}"; set model')


def _failed(code: Failure, detail: str) -> Tried:
    return Tried(Failed(code=code, detail=detail))
