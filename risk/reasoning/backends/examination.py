"""What a server can do, found out by asking it: the checks behind `risk doctor`.

Sends made-up questions only, never a case. What a result says to people stands in
`messages.toml`: `examine.<check>.<finding>`, and `.change` where something is to be done.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from features.language import Language, catalogue
from risk.errors import BackendError
from risk.reasoning.backends.asking import Tried
from risk.reasoning.backends.base import Failed
from risk.reasoning.backends.reply import Reply
from risk.reasoning.backends.server import load_client
from risk.reasoning.backends.settings import ServerSettings
from risk.reasoning.backends.wire import Completion, parameters
from risk.reasoning.claims import parse
from risk.reasoning.faults import Fault, MalformedAnswer

if TYPE_CHECKING:
    from openai import AsyncOpenAI

Status = Literal["ok", "warn", "fail"]
SMALL_BUDGET = 64  # tokens of thinking, far under what the long question takes
PARALLEL = 8
_NAMES_SHOWN = 5
_SHORT = "What is two plus two? Answer with one word."
# Against the schema on purpose: only a server that enforces it still answers in JSON.
_AGAINST_SCHEMA = (
    'Answer with the single word "maybe" and nothing else. Write no JSON and no braces.'
)
_AGAINST_OBJECT = "Write one JSON object with the key word and the value maybe, and nothing else."
_LONG = (
    "Add the whole numbers from one to sixty one after the other. While you think, write down "
    "every partial sum. Then answer with the last sum alone."
)


class CheckResult(BaseModel):
    """One check of a server.

    Attributes:
        check: What was looked at.
        status: `ok`; `warn`: it works, and not as well as it could; `fail`: it will not do.
        finding: What was seen, as the last part of a message key.
        values: What fills the message's slots.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    check: str
    status: Status
    finding: str
    values: dict[str, str | int | float] = {}

    def seen(self, language: Language) -> str:
        """What was seen, in words."""
        return catalogue("risk").text(language, f"examine.{self._key}", **self.values)

    def change(self, language: Language) -> str:
        """What to change; empty where nothing is to be."""
        key = f"examine.{self._key}.change"
        texts = catalogue("risk")
        return texts.text(language, key, **self.values) if key in texts else ""

    @property
    def _key(self) -> str:
        return f"{self.check}.{self.finding}"


class _Offered(BaseModel):
    id: str
    max_model_len: int | None = None


class _Models(BaseModel):
    data: list[_Offered]


class _Said(NamedTuple):
    """A reply to a made-up question."""

    reply: Reply
    cached_tokens: int | None

    @property
    def thinking(self) -> str:
        return self.reply.reasoning or ""

    @property
    def raw(self) -> str:
        return self.reply.content or ""

    @property
    def text(self) -> str:
        return self.raw.rpartition("</think>")[2].strip()


def examine(settings: ServerSettings, api_key: str = "") -> tuple[CheckResult, ...]:
    """Ask a server what its answers to cases will depend on; takes a minute or two.

    Returns:
        Results in order; the first `fail` that leaves nothing to ask is the last.

    Raises:
        BackendError: The client is not installed.
    """
    load_client()
    return asyncio.run(_examined(settings, api_key))


async def _examined(settings: ServerSettings, api_key: str) -> tuple[CheckResult, ...]:
    from risk.reasoning.backends.client import open_client

    async with open_client(settings, api_key) as client:
        return tuple([result async for result in _Examination(client, settings).results()])


class _Examination:
    def __init__(self, client: "AsyncOpenAI", settings: ServerSettings) -> None:
        self._client, self._settings = client, settings

    async def results(self) -> AsyncIterator[CheckResult]:
        """Each check in turn."""
        offered = await self._offered()
        if isinstance(offered, CheckResult):
            yield offered
            if offered.status == "fail":
                return
        else:
            yield _result("reachable", "ok", "ok", url=self._settings.url)
            of = next((each for each in offered if each.id == self._settings.model), None)
            yield self._model(offered, of)
            if of is None:
                return
            yield self._context(of)
        first = await self._ask(_SHORT, structured=False)
        if isinstance(first, CheckResult):
            yield first
            return
        yield self._parser(first)
        yield await self._schema()
        if self._settings.profile.thinks and self._settings.send_thinking_budget:
            yield await self._budget()
        for result in await self._speed():
            yield result

    async def _offered(self) -> list[_Offered] | CheckResult:
        from risk.reasoning.backends.client import models

        came = await models(self._client, self._settings)
        url = self._settings.url
        if isinstance(came, str):
            return _result("reachable", "fail", "unreachable", url=url, why=came)
        if came in (401, 403):
            return _result("reachable", "fail", "key", url=url, http=came)
        try:
            if isinstance(came, bytes):
                return _Models.model_validate_json(came).data
        except ValidationError:
            return _result("reachable", "fail", "other", url=url)
        # Some gateways list nothing and answer all the same.
        return _result("reachable", "warn", "no-list", url=url, http=came)

    def _model(self, offered: list[_Offered], of: _Offered | None) -> CheckResult:
        model = self._settings.model
        if of is not None:
            return _result("model", "ok", "ok", model=model)
        names = ", ".join(each.id for each in offered[:_NAMES_SHOWN]) or "-"
        return _result("model", "fail", "unknown", model=model, offered=names)

    def _context(self, of: _Offered) -> CheckResult:
        needed = self._settings.profile.context_tokens
        if of.max_model_len is None:
            return _result("context", "warn", "unknown", needed=needed)
        short = of.max_model_len < needed
        return _result(
            "context", "fail" if short else "ok", "short" if short else "ok",
            needed=needed, there=of.max_model_len,
        )  # fmt: skip

    def _parser(self, said: _Said) -> CheckResult:
        profile = self._settings.profile
        parser = profile.parser or "-"
        if not profile.thinks:
            thinks = bool(said.thinking) or "</think>" in said.raw
            return _result("parser", "warn" if thinks else "ok", "thinks" if thinks else "none")
        if said.thinking:
            return _result("parser", "ok", "ok", parser=parser)
        if "</think>" in said.raw:
            # With a schema the grammar then starts at the first token: no thinking at all.
            enforced = self._settings.structured != "none"
            status: Status = "fail" if enforced else "warn"
            return _result("parser", status, "in-content", parser=parser)
        return _result("parser", "fail", "missing", parser=parser)

    async def _schema(self) -> CheckResult:
        how = self._settings.structured
        if how == "none":
            return _result("schema", "warn", "off")
        question = _AGAINST_SCHEMA if how == "json_schema" else _AGAINST_OBJECT
        said = await self._ask(question, structured=True)
        if isinstance(said, CheckResult):
            return _result("schema", "fail", "refused", structured=how, **_why(said))
        holds = _obeys(said.text) if how == "json_schema" else said.text.startswith("{")
        if said.reply.finish_reason == "length" and not said.text:
            return _result("schema", "warn", "unclear", structured=how)
        return _result(
            "schema", "ok" if holds else "fail", "ok" if holds else "ignored", structured=how
        )

    async def _budget(self) -> CheckResult:
        said = await self._ask(_LONG, structured=False, thinking_token_budget=SMALL_BUDGET)
        if isinstance(said, CheckResult):
            return _result("budget", "fail", "refused", **_why(said))
        # A character is a token at most, so what is left over was surely thought.
        thought = said.reply.answer_tokens - len(said.text)
        if not said.reply.answer_tokens:
            thought = len(said.thinking) // 4
        if thought > 3 * SMALL_BUDGET:
            return _result("budget", "warn", "ignored", budget=SMALL_BUDGET, thought=thought)
        if said.reply.answer_tokens < SMALL_BUDGET:
            return _result("budget", "warn", "unclear", budget=SMALL_BUDGET)
        return _result("budget", "ok", "ok", budget=SMALL_BUDGET)

    async def _speed(self) -> tuple[CheckResult, ...]:
        began = time.monotonic()
        one = await self._ask(_LONG, structured=False)
        alone_s = max(time.monotonic() - began, 1e-6)
        began = time.monotonic()
        asked = [self._ask(_LONG, structured=False) for _ in range(PARALLEL)]
        many = await asyncio.gather(*asked)
        together_s = max(time.monotonic() - began, 1e-6)
        for said in (one, *many):
            if isinstance(said, CheckResult):
                return (_result("speed", "fail", "refused", parallel=PARALLEL, **_why(said)),)
        replies = [said for said in (one, *many) if isinstance(said, _Said)]
        written = [said.reply.answer_tokens for said in replies]
        alone, together = written[0] / alone_s, sum(written[1:]) / together_s
        slow = together < 2 * alone
        speed = _result(
            "speed", "warn" if slow else "ok", "serial" if slow else "ok",
            alone=round(alone, 1), together=round(together, 1), parallel=PARALLEL,
        )  # fmt: skip
        return speed, _caching([said.cached_tokens for said in replies[1:]])

    async def _ask(
        self, question: str, *, structured: bool, **more: JsonValue
    ) -> _Said | CheckResult:
        from risk.reasoning.backends.client import exchange

        body = parameters(self._settings)
        if not structured:
            body.pop("response_format", None)
        asked: JsonValue = [{"role": "user", "content": question}]
        content = json.dumps({**body, **more, "messages": asked}).encode()
        started = time.monotonic()
        try:
            came = await exchange(self._client, self._settings, content)
        except BackendError as error:
            return _result("answer", "fail", "refused", why=str(error))
        if isinstance(came, Tried):
            outcome = came.outcome
            why = f"{outcome.code}: {outcome.detail}" if isinstance(outcome, Failed) else ""
            return _result("answer", "fail", "refused", why=why)
        try:
            completion = Completion.model_validate_json(came)
        except ValidationError:
            return _result("answer", "fail", "refused", why="no chat completion")
        return _Said(completion.reply(time.monotonic() - started), completion.cached_tokens)


def _obeys(text: str) -> bool:
    """Whether a text is an answer in our schema, or the beginning of one."""
    try:
        parse(text)
    except MalformedAnswer as error:
        inside = text.lstrip().startswith("{")
        return inside and error.fault in (Fault.CUT_SHORT, Fault.TOO_LONG, Fault.CHARACTERS)
    return True


def _caching(cached: list[int | None]) -> CheckResult:
    known = [tokens for tokens in cached if tokens is not None]
    if not known:
        return _result("caching", "ok", "untold")
    used = max(known)
    return _result("caching", "ok" if used else "warn", "ok" if used else "unused", tokens=used)


def _why(result: CheckResult) -> Mapping[str, str | int | float]:
    return {"why": result.values["why"]}


def _result(check: str, status: Status, finding: str, **values: str | int | float) -> CheckResult:
    return CheckResult(check=check, status=status, finding=finding, values=values)
