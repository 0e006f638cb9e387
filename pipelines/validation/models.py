"""Models as a validator names them: registered ones, their scorecards, and any MLflow pyfunc.

Whatever it is, it reads rows by a dictionary and says a PD of each.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from features.dictionary import DataDictionary
from features.encoding import FloatArray, encode
from features.errors import DataError
from features.language import Text
from pipelines.config import RunConfig
from pipelines.errors import TrackingError
from pipelines.manifest import MANIFEST, RunManifest
from pipelines.tracking import StoredModel, Told, Tracking
from risk.logistic import LogisticScorecard
from risk.model import PDModel
from risk.policy import Policy
from risk.report.evidence import Part
from risk.report.scored import by_model, by_pd
from risk.report.words import worded
from risk.scorecard import Scaling
from risk.scoring import Scorer

SCORECARD = "scorecard:"
_CARD_FILE = "logistic_scorecard.json"
_INSIDE = 1e-9
"""A PD of exactly 0 or 1 has no log-odds, and no model knows that much."""

Score = Callable[[str, pd.DataFrame, FloatArray], Part]


@dataclass(frozen=True)
class Judged:
    """A model that can be judged.

    Attributes:
        name: What people call it.
        dictionary: Rows are read by it.
        policy: Decides by its PDs.
        scaling: Tells them in grades.
        score: Name of a sample, its accepted rows and outcomes to the scored sample.
        digest: Of the model, for the key of a report.
        run_id: MLflow run that the report is logged under; empty where there is none.
        identity: As `risk.report.evidence.Evidence`.
        params: Likewise.
        at_development: Likewise.
        trained_on: Digest of the table it was trained on; empty where that is not known.
        model: The model where it is ours.
        saw: The model of ours that was trained on the same rows; None where they are not known.
        folder: Where a report on it lies among the artifacts of its run.
    """

    name: str
    dictionary: DataDictionary
    policy: Policy
    scaling: Scaling
    score: Score
    digest: str
    run_id: str = ""
    identity: Mapping[str, Text | str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    at_development: Mapping[str, float] = field(default_factory=dict)
    trained_on: str = ""
    model: PDModel | None = None
    saw: PDModel | None = None
    folder: str = "validation"


def open_model(config: RunConfig, reference: str) -> Judged:
    """A model by what a validator calls it.

    Args:
        config: The portfolio.
        reference: Alias, version or training run of a registered model; the same after
            `scorecard:` for the logistic scorecard of that run; or the MLflow address of any
            pyfunc, such as `models:/rival/1`.

    Raises:
        TrackingError: There is no such model, or it cannot be loaded.
    """
    tracking = Tracking(config.tracking, config.name)
    if ":/" in reference or reference.startswith("file:"):
        return _outside(config, tracking, reference)
    if reference.startswith(SCORECARD):
        return _scorecard(config, tracking, reference.removeprefix(SCORECARD))
    return _registered(config, tracking, reference)


def _registered(config: RunConfig, tracking: Tracking, reference: str) -> Judged:
    stored = tracking.fetch(config.name, reference)
    model = PDModel.load(stored.path, stored.digest)
    config.policy.fits(model.dictionary)
    scorer = Scorer(model, config.policy, count=config.reasons.count)
    told = tracking.told(stored.run_id)
    manifest = _manifest(tracking, stored)
    return Judged(
        name=f"{stored.name} v{stored.version}",
        dictionary=model.dictionary,
        policy=config.policy,
        scaling=model.scaling,
        score=lambda name, rows, y: by_model(name, rows, y, scorer),
        digest=stored.digest,
        run_id=stored.run_id,
        identity=_identity(stored, model, manifest),
        params={**_settings(manifest), **{f"param.{k}": v for k, v in told.params.items()}},
        at_development=_validated(told),
        trained_on=manifest.data.get("applications", "") if manifest else "",
        model=model,
        saw=model,
    )


def _scorecard(config: RunConfig, tracking: Tracking, reference: str) -> Judged:
    """The logistic scorecard that was fitted on the same rows as a model."""
    rival = _registered(config, tracking, reference)
    text = tracking.text(rival.run_id, _CARD_FILE)
    if text is None:
        raise TrackingError(
            f'the run of model "{reference}" has no {_CARD_FILE}; train again to have one'
        )
    card = LogisticScorecard.from_dict(json.loads(text))

    def score(name: str, rows: pd.DataFrame, y: FloatArray) -> Part:
        pd_ = card.predict(encode(rows, rival.dictionary))
        return by_pd(name, rows, y, _inside(pd_), rival.policy, rival.scaling)

    digest = hashlib.sha256(text.encode()).hexdigest()
    settings = {key: value for key, value in rival.params.items() if key.startswith("config.")}
    begin = "logistic_"
    beside = {k.removeprefix(begin): v for k, v in rival.at_development.items() if begin in k}
    return Judged(
        name=f"{rival.name} {SCORECARD.removesuffix(':')}",
        dictionary=rival.dictionary,
        policy=rival.policy,
        scaling=rival.scaling,
        score=score,
        digest=digest,
        run_id=rival.run_id,
        identity={**rival.identity, "model": f"logistic {rival.name}", "model_digest": digest},
        params={**settings, "kind": "logistic scorecard"},
        at_development=beside if "auc_low" in beside else {},
        trained_on=rival.trained_on,
        saw=rival.model,
        folder="validation/scorecard",
    )


def _outside(config: RunConfig, tracking: Tracking, address: str) -> Judged:
    dictionary = config.read_dictionary()
    outside = tracking.outside(address)
    target = dictionary.target.name if dictionary.target else ""

    def score(name: str, rows: pd.DataFrame, y: FloatArray) -> Part:
        told = outside.predict(rows.drop(columns=target, errors="ignore"))
        return by_pd(name, rows, y, _inside(told), config.policy, config.scorecard)

    return Judged(
        name=address,
        dictionary=dictionary,
        policy=config.policy,
        scaling=config.scorecard,
        score=score,
        digest=outside.digest,
        identity={"outside": address, "model_digest": outside.digest},
        params={"kind": "pyfunc"},
    )


def _inside(pd_: FloatArray) -> FloatArray:
    return np.clip(pd_, _INSIDE, 1 - _INSIDE)


def _manifest(tracking: Tracking, stored: StoredModel) -> RunManifest | None:
    """What the training run was made from; None where that was not logged."""
    text = tracking.text(stored.run_id, MANIFEST)
    return (
        None if text is None else RunManifest.from_json(text, f"{MANIFEST} of run {stored.run_id}")
    )


def _identity(
    stored: StoredModel, model: PDModel, manifest: RunManifest | None
) -> dict[str, Text | str]:
    known: dict[str, Text | str] = {
        "run": stored.run_id,
        "model": f"{stored.name} v{stored.version}",
        "model_digest": stored.digest,
        "dictionary": model.dictionary.digest(),
        "features": str(len(model.dictionary.features)),
        "target": _target(model.dictionary),
        "calibration": worded(f"calibration.{model.calibration.method}"),
        "trees": str(model.trees),
        "reference": str(len(model.reference)),
    }
    if manifest is None:
        return known
    libraries = ", ".join(f"{name} {version}" for name, version in manifest.libraries.items())
    return {
        **known,
        "trained": manifest.data.get("applications", ""),
        "code": manifest.version,
        "commit": manifest.commit,
        "libraries": libraries,
    }


def _target(dictionary: DataDictionary) -> Text:
    target = dictionary.target
    if target is None:
        raise DataError('the model\'s dictionary names no target; give a field role = "target"')
    bad, good = ", ".join(target.bad), ", ".join(target.good)
    return worded("target", name=target.name, bad=bad, good=good)


def _settings(manifest: RunManifest | None) -> dict[str, str]:
    """The settings of a run, flat."""
    return dict(flat("config", manifest.config)) if manifest else {}


def flat(prefix: str, value: object) -> list[tuple[str, str]]:
    """Nested settings as names and texts.

    Example:
        >>> flat("a", {"b": {"c": 0.1}})
        [('a.b.c', '0.1')]
    """
    if isinstance(value, Mapping) and value:
        return [pair for key, each in value.items() for pair in flat(f"{prefix}.{key}", each)]
    return [(prefix, json.dumps(value, ensure_ascii=False, sort_keys=True))]


def _validated(told: Told) -> dict[str, float]:
    """Figures on rows that the trees had not seen, logged in training."""
    begin = "validation."
    return {k.removeprefix(begin): v for k, v in told.metrics.items() if k.startswith(begin)}
