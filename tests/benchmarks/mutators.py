"""One fact of a faithful answer corrupted, in every way of the named kinds.

A mutant is false to the case file or breaks a rule of the prompt, and differs in one thing.
"""

from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from risk.reasoning.claims import Answer
from tests.benchmarks import mutate_documents, mutate_values  # noqa: F401 - they enter themselves
from tests.benchmarks.scene import MUTATORS, Kind, Scene
from tests.fake_r1.answers import compose
from tests.fake_r1.cases import Known
from tests.fake_r1.drafts import Drafted
from tests.fake_r1.phrases import Half

KINDS: tuple[Kind, ...] = tuple(MUTATORS)
OPEN_KINDS: frozenset[Kind] = frozenset(("negation", "entity"))


class Corrupted(NamedTuple):
    """An answer with one corrupted claim."""

    known: Known
    answer: Answer
    claim: int
    way: str
    faithful: Answer


def corrupted(
    drafted: Drafted,
    known: Known,
    kind: Kind,
    half: Half,
    chance: Random,
    used: Counter[str] | None = None,
) -> Corrupted | None:
    """The answer with one claim corrupted in one way of the kind; None where none applies.

    Ways that were `used` less come first, so that those that seldom apply get their share.
    """
    scene = Scene(known.case, known.language, half, chance)
    ways = list(MUTATORS[kind].items())
    chance.shuffle(ways)
    ways.sort(key=lambda way: used[way[0]] if used else 0)
    for name, mutator in ways:
        for at in chance.sample(range(len(drafted.drafts)), len(drafted.drafts)):
            draft = drafted.drafts[at]
            changed = mutator(scene, draft)
            if changed is None or changed.claim == draft.claim:
                continue
            answer = drafted.with_draft(at, changed).answer
            return Corrupted(known, answer, at, name, drafted.answer)
    return None


def mutants(
    known: tuple[Known, ...], kind: Kind, how_many: int, half: Half, seed: int = 0
) -> Iterator[Corrupted]:
    """That many mutants of a kind, each from an answer of its own; fewer where none applies."""
    chance = Random(f"{kind}{half}{seed}")  # noqa: S311
    used = Counter[str]()
    for trial in range(how_many * 4):
        one = known[trial % len(known)]
        drafted = compose(one.case, one.language, chance.getrandbits(48), half, one.truth)
        found = corrupted(drafted, one, kind, half, chance, used) if drafted.drafts else None
        if found is not None:
            used[found.way] += 1
            yield found
        if used.total() == how_many:
            return
