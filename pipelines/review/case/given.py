"""What a case page is made from, and who reads it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from features.dictionary import DataDictionary
from features.errors import DataError
from features.language import Language, Text
from pipelines.cases import CaseRecord
from pipelines.config import RunConfig
from pipelines.manifest import RunManifest
from pipelines.review.rendering import headed, words
from pipelines.store import Run, StoredReview
from pipelines.store.desk import DeskRow
from risk.calibration import Calibration
from risk.casefile import Fact
from risk.desk import DeskSettings, Person
from risk.display import is_share, shown, special_meaning
from risk.model_parts import ModelFacts
from risk.policy import Policy
from risk.scorecard import Scaling
from risk.uncertainty import PdInterval


@dataclass(frozen=True)
class Basis:
    """What the scores of a run follow from.

    Attributes:
        policy: Its cut-offs and hard rules.
        scaling: How its PDs are told in points.
        model: Digest of the model; empty where no manifest tells.
        prompt: Digest of the prompt; empty where no manifest tells.
        version: Version of this software that made the run; empty where no manifest tells.
        calibration: How the model turns its raw log-odds into a PD; None where nobody said.
        interval: How sure the model's PDs are; None where nobody said.
    """

    policy: Policy
    scaling: Scaling
    model: str = ""
    prompt: str = ""
    version: str = ""
    calibration: Calibration | None = None
    interval: PdInterval | None = None

    @property
    def recorded(self) -> bool:
        """Whether the policy is the run's own, and not the one in force today."""
        return bool(self.model)


def basis_of(
    run: Run | None, config: RunConfig, model: Callable[[str], ModelFacts | None]
) -> Basis:
    """What the scores of a run follow from, by its manifest where that can be read.

    Args:
        run: The run; None where the store has not heard of it.
        config: Today's settings, which stand in for what is not known.
        model: Finds what is known of a model by its digest.
    """
    today = Basis(config.policy, config.scorecard)
    if run is None or run.manifest is None:
        return today
    try:
        manifest = RunManifest.from_json(run.manifest, "the run")
        policy = Policy.model_validate(manifest.config.get("policy"))
    except (DataError, ValueError):
        return today
    known = model(manifest.model)
    return Basis(
        policy=policy,
        scaling=known.scaling if known else config.scorecard,
        model=manifest.model,
        prompt=prompt_of(manifest.prompt),
        version=manifest.version,
        calibration=known.calibration if known else None,
        interval=known.interval if known else None,
    )


def prompt_of(identity: str) -> str:
    """The digest of the prompt in what a manifest says of a back end, which may be all it says.

    Example:
        >>> prompt_of('{"model": "r1", "prompt": "1461db"}'), prompt_of("template/1")
        ('1461db', 'template/1')
    """
    try:
        said = json.loads(identity)
    except ValueError:
        return identity
    return str(said["prompt"]) if isinstance(said, dict) and "prompt" in said else identity


@dataclass(frozen=True)
class Given:
    """What the page shows.

    Attributes:
        record: The case.
        row: The case on the desk.
        reviews: All that was done about it, the oldest first.
        basis: What its score follows from.
        settings: The rules of the desk.
        dictionary: The portfolio's fields.
        interval: Bounds of the PD, where the model has them.
        attempts: How often the model was asked.
    """

    record: CaseRecord
    row: DeskRow
    reviews: tuple[StoredReview, ...]
    basis: Basis
    settings: DeskSettings
    dictionary: DataDictionary
    interval: tuple[float, float] | None = None
    attempts: int = 0

    @cached_property
    def visible(self) -> tuple[Fact, ...]:
        """The facts that may be shown: none of a protected attribute, whoever filed it."""
        hidden = {each.name for each in self.dictionary.protected}
        return tuple(fact for fact in self.record.case.facts if fact.field not in hidden)


@dataclass(frozen=True)
class Voice:
    """The words of this page in one language."""

    language: Language

    def say(self, key: str, **values: object) -> str:
        """A text of the page, its slots filled."""
        return words().text(self.language, f"case.{key}", **values)

    def shared(self, key: str, **values: object) -> str:
        """A text that all pages share."""
        return words().text(self.language, key, **values)

    def either(self, key: str, otherwise: str, **values: object) -> str:
        """The same, or `otherwise` where the catalogue does not have it."""
        return self.say(key, **values) if f"case.{key}" in words() else otherwise

    def of(self, text: Text) -> str:
        """A text that comes in both languages."""
        return text.in_(self.language)

    def headed(self, label: Text) -> str:
        """A label where it stands by itself and not in a sentence."""
        return headed(label.in_(self.language))

    def value(self, fact: Fact, dictionary: DataDictionary) -> str:
        """What a fact of the form says; a share in percent, however the case was filed."""
        field = next((each for each in dictionary.fields if each.name == fact.field), None)
        if field is None or not is_share(field, dictionary):
            return self.of(fact.display)
        if not isinstance(fact.value, int | float) or special_meaning(field, fact.value):
            return self.of(fact.display)
        return self.of(shown(field, fact.value, dictionary))


@dataclass(frozen=True)
class Reader:
    """Who reads the page.

    Attributes:
        person: The person.
        voice: The words.
        now: What time it is.
        names: Names of people as others read them, by the name they log in by.
    """

    person: Person
    voice: Voice
    now: datetime
    names: Mapping[str, str] = field(default_factory=dict)

    def named(self, name: str) -> str:
        """A person as others read the name."""
        return self.names.get(name) or name
