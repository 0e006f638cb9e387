"""What a mutator works on, and the list of all mutators.

Nothing here, nor in the mutators, looks at the verifier or its words.
"""

import tomllib
from collections.abc import Callable, Iterable
from functools import cache, cached_property
from pathlib import Path
from random import Random
from typing import Any, Literal, NamedTuple

from features.language import Language
from risk.casefile import CaseFile, Fact
from risk.reasoning.claims import ClaimKind
from tests.fake_r1.drafts import Draft
from tests.fake_r1.phrases import Half, controlled

Kind = Literal[
    "value", "unit", "sign", "rank", "feature", "date", "quote", "wrong_sentence",
    "entity", "negation", "invented_document", "protected", "paraphrase",
]  # fmt: skip
Mutator = Callable[["Scene", Draft], Draft | None]
MUTATORS: dict[Kind, dict[str, Mutator]] = {}
SCORED = (ClaimKind.SCORE_DRIVER, ClaimKind.COUNTER)


def corrupts(kind: Kind) -> Callable[[Mutator], Mutator]:
    """Enter a function as a way of corrupting; its name is the name of the way."""

    def enter(mutator: Mutator) -> Mutator:
        MUTATORS.setdefault(kind, {})[mutator.__name__] = mutator
        return mutator

    return enter


class Scene:
    """The case around a claim that is to be corrupted, and the chance of it."""

    def __init__(self, case: CaseFile, language: Language, half: Half, chance: Random) -> None:
        """Keep what the mutators choose from."""
        self.case, self.language, self.chance = case, language, chance
        self.words = controlled(language)
        self.texts = _texts(half)[language]

    @cached_property
    def form(self) -> tuple[Fact, ...]:
        """The form facts that hold a value."""
        return tuple(fact for fact in self.case.of_kind("form") if fact.value is not None)

    def fact(self, draft: Draft, role: str) -> Fact | None:
        """The fact that plays a role in a draft."""
        return self.case.by_id.get(draft.roles.get(role, ""))

    def pick(self, options: Iterable[str]) -> str:
        """One option, by chance."""
        return self.chance.choice(list(options))

    def some(self, facts: Iterable[Fact]) -> Fact | None:
        """One of the facts, by chance."""
        listed = list(facts)
        return self.chance.choice(listed) if listed else None

    def text(self, key: str) -> str:
        """One of the phrases that errors are made of."""
        return self.pick(self.texts[key])


def after(draft: Draft, tail: str) -> Draft:
    """The draft with a clause put before its full stop."""
    pattern = draft.pattern
    if draft.language == "zh":
        bare = pattern.rstrip("。")
        return draft._replace(pattern=bare + "<tail>。").filled(tail=tail)
    return draft._replace(pattern=pattern.rstrip(".") + "<tail>.").filled(tail=tail)


def before(draft: Draft, head: str) -> Draft:
    """The draft with words put before its first one."""
    if draft.language == "zh":
        return draft._replace(pattern="<head>" + draft.pattern).filled(head=head)
    fills = dict(draft.fills)
    pattern = draft.pattern
    if not pattern.startswith("<"):
        pattern = pattern[:1].lower() + pattern[1:]
    if fills.get("c"):
        fills["c"] = fills["c"][:1].lower() + fills["c"][1:]
    return draft._replace(pattern="<head>" + pattern, fills={**fills, "head": head})


def citing(draft: Draft, fact: Fact) -> Draft:
    """The draft with one more fact among those it rests on."""
    return draft._replace(facts=tuple(dict.fromkeys((*draft.facts, fact.id))))


def swapped(draft: Draft, old: str, new: str) -> tuple[str, ...]:
    """The facts of a draft with one id in place of another."""
    return tuple(dict.fromkeys(new if fact == old else fact for fact in draft.facts))


class Mutant(NamedTuple):
    """A corrupted draft and how it came about."""

    draft: Draft
    kind: Kind
    way: str


@cache
def _texts(half: Half) -> dict[str, Any]:
    file = Path(__file__).with_name("mutations") / f"{half}.toml"
    return tomllib.loads(file.read_text("utf-8"))
