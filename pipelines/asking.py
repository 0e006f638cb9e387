"""Which models are asked, in which order, and what stands between them and the pass.

Puts a back end together from the config: the store in front of it, a light model before it.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from features.language import Language
from risk.casefile import CaseFile
from risk.reasoning.backends.base import Backend
from risk.reasoning.backends.template import TemplateBackend
from risk.reasoning.cascade import cascade
from risk.reasoning.reasoner import Rationale, reason


@dataclass(frozen=True)
class Asking:
    """The back ends of one pass.

    Attributes:
        full: What answers, or answers last.
        light: What is asked first, where two models are used.
    """

    full: Backend
    light: Backend | None = None

    @classmethod
    def template(cls) -> "Asking":
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
