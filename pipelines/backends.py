"""Which models are asked, in which order, and what stands between them and the pass.

Puts a back end together from the config: the store in front of it, a light model before it.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from features.language import Language
from pipelines.config import RunConfig
from pipelines.store import AnswerStore, Remembering
from risk.casefile import CaseFile
from risk.reasoning.backends.base import Backend
from risk.reasoning.backends.server import ServerBackend
from risk.reasoning.backends.settings import ServerSettings
from risk.reasoning.backends.template import TemplateBackend
from risk.reasoning.cascade import cascade
from risk.reasoning.reasoner import Rationale, reason

KEY, LIGHT_KEY = "MINGJIAN_API_KEY", "MINGJIAN_LIGHT_API_KEY"
"""Environment variables that hold the keys of the two servers; a key is never sent to the other."""


@dataclass(frozen=True)
class Backends:
    """The back ends of one pass.

    Attributes:
        full: What answers, or answers last.
        light: What is asked first, where two models are used.
    """

    full: Backend
    light: Backend | None = None

    @classmethod
    def template(cls) -> "Backends":
        """The embedded template, which needs no model."""
        return cls(TemplateBackend())

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

    @property
    def prompted(self) -> bool:
        """Whether the words of a prompt go to a model."""
        return self.full.name != TemplateBackend.name

    def counts(self) -> dict[str, int]:
        """Requests that went to a model and requests that the store answered, so far."""
        kept = [each for each in (self.light, self.full) if isinstance(each, Remembering)]
        return {
            "requests_asked": sum(each.asked for each in kept),
            "requests_replayed": sum(each.replayed for each in kept),
        }


@contextmanager
def opened(config: RunConfig) -> Iterator[Backends]:
    """The back ends that the config names, each with the store of answers in front of it.

    Raises:
        BackendError: A back end cannot be set up.
        StoreError: The store cannot be opened.
    """
    asked = config.reasoning
    if asked.server is None or asked.backend == "template":
        yield Backends.template()
        return
    with AnswerStore(config.store) as store:
        store.forget_thinking(asked.keep_thinking_days)
        light = _server(asked.light, LIGHT_KEY, store) if asked.light else None
        yield Backends(_server(asked.server, KEY, store), light)


def _server(settings: ServerSettings, key: str, store: AnswerStore) -> Backend:
    return Remembering(ServerBackend(settings, os.environ.get(key, "")), store)
