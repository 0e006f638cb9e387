"""Which models are asked, in which order, and what stands between them and the pass.

Puts a back end together from the config: the store in front of it, a light model before it.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from features.language import Language
from pipelines.config import RunConfig
from pipelines.errors import ConfigError
from pipelines.store import AnswerStore, Remembering
from risk.casefile import CaseFile
from risk.fitting import fit
from risk.reasoning import prompt
from risk.reasoning.backends.allowance import Left, no_deadline
from risk.reasoning.backends.base import Backend
from risk.reasoning.backends.deferred import DeferredBackend
from risk.reasoning.backends.engine import EngineBackend
from risk.reasoning.backends.server import ServerBackend
from risk.reasoning.backends.settings import ServerSettings
from risk.reasoning.backends.template import TemplateBackend
from risk.reasoning.cascade import cascade
from risk.reasoning.profiles import Profile
from risk.reasoning.question import CASE, Question
from risk.reasoning.reasoner import Rationale, reason
from risk.tokens import tokens

_COMPLAINTS = 1_000  # tokens of what was wrong with an answer
KEY, LIGHT_KEY = "MINGJIAN_API_KEY", "MINGJIAN_LIGHT_API_KEY"
"""Environment variables that hold the keys of the two servers; a key is never sent to the other."""


@dataclass(frozen=True)
class Backends:
    """The back ends of one pass.

    Attributes:
        full: What answers, or answers last.
        light: What is asked first, where two models are used.
        profiles: Of the models; empty where none is prompted.
    """

    full: Backend
    light: Backend | None = None
    profiles: tuple[Profile, ...] = ()

    @classmethod
    def template(cls) -> "Backends":
        """The embedded template, which needs no model."""
        return cls(TemplateBackend())

    def deferred(self) -> "Backends":
        """The same for cases that are put away first and asked about later.

        Without a model there is nothing to wait for.
        """
        return Backends(DeferredBackend(self.full), None, self.profiles) if self.profiles else self

    @property
    def name(self) -> str:
        """What the back ends are called in results."""
        return self.full.name if self.light is None else f"{self.light.name}+{self.full.name}"

    @property
    def identity(self) -> str:
        """Everything about the back ends that may change an answer."""
        if self.light is None:
            return self.full.identity
        both = f"{self.light.identity}\0{self.full.identity}"
        return hashlib.sha256(both.encode()).hexdigest()

    def reason(self, cases: Iterable[CaseFile], language: Language) -> Iterator[Rationale]:
        """One record for each case, in their order."""
        if self.light is None:
            return reason(cases, self.full, language)
        return cascade(cases, self.light, self.full, language)

    def fitted(self, case: CaseFile, language: Language) -> CaseFile:
        """The case as far as the smallest of the models has room for it.

        Room is left for the prompt's own words and, at a repair, for the answer to be mended.
        """
        if not self.profiles:
            return case
        words = tokens(prompt.template(language)) + _COMPLAINTS
        room = min(p.prompt_tokens - p.answer_tokens for p in self.profiles) - words
        return fit(case, max(room, 0), language)

    def counts(self) -> dict[str, int]:
        """Requests that went to a model or were answered by the store, and tokens, so far."""
        kept = [each for each in (self.light, self.full) if isinstance(each, Remembering)]
        return {
            "requests_asked": sum(each.asked for each in kept),
            "requests_replayed": sum(each.replayed for each in kept),
            "tokens_read": sum(each.tokens_read for each in kept),
            "tokens_written": sum(each.tokens_written for each in kept),
        }


def server_of(config: RunConfig, *, light: bool = False) -> tuple[ServerSettings, str]:
    """A server of the config and the key for it.

    Raises:
        ConfigError: The config names none.
    """
    settings = config.reasoning.light if light else config.reasoning.server
    if settings is None:
        name = "light" if light else "server"
        raise ConfigError(
            f"risk.toml names no server under [reasoning.{name}]; give url, model and profile there"
        )
    return settings, os.environ.get(LIGHT_KEY if light else KEY, "")


@contextmanager
def opened(
    config: RunConfig,
    *,
    again: bool = False,
    left: Left = no_deadline,
    question: Question = CASE,
) -> Iterator[Backends]:
    """The back ends that the config names, each with the store of answers in front of it.

    Args:
        config: Names them.
        again: Whether replies that were no answer are asked for once more.
        left: A deadline for all that is asked.
        question: What is asked.

    Raises:
        BackendError: A back end cannot be set up.
        StoreError: The store cannot be opened.
    """
    asked = config.reasoning
    if asked.backend == "template":
        yield Backends.template()
        return
    with ExitStack() as held:
        store = held.enter_context(AnswerStore(config.store))
        store.forget_thinking(asked.keep_thinking_days)
        full, profile = _full(config, held, left, question)
        last = Remembering(full, store, again=again)
        if asked.light is None:
            yield Backends(last, profiles=(profile,))
            return
        light = ServerBackend(*server_of(config, light=True), left, question)
        first = Remembering(light, store, again=again)
        yield Backends(last, first, (profile, asked.light.profile))


def _full(
    config: RunConfig, held: ExitStack, left: Left, question: Question
) -> tuple[Backend, Profile]:
    engine = config.reasoning.engine
    if config.reasoning.backend == "engine" and engine is not None:
        return held.enter_context(EngineBackend(engine, left, question)), engine.profile
    settings, key = server_of(config)
    return ServerBackend(settings, key, left, question), settings.profile
