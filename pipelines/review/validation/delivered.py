"""Delivered nights as a validator reads them: by what, from what, and how it came out."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from features.errors import DataError
from pipelines.manifest import RunManifest
from pipelines.night import CASE_RUN
from pipelines.review.case.given import prompt_of
from pipelines.review.night import delivered, figures
from pipelines.review.workbench import Workbench
from pipelines.store import Run
from risk.policy import Policy
from risk.report.monitoring import NightFigures, Nights

DIGITS = 12
"""Of a digest, as many as people compare."""


class Versions(NamedTuple):
    """What a run was made by; empty or None where its manifest does not tell.

    Attributes:
        model: Digest of the model that scored, cut short.
        prompt: Digest of the prompt, cut short, or what answered without one.
        reasoner: What answered the prompt; empty where nothing was asked.
        policy: Cut-offs and hard rules.
    """

    model: str = ""
    prompt: str = ""
    reasoner: str = ""
    policy: Policy | None = None


class Line(NamedTuple):
    """A night in the list.

    Attributes:
        run: As the store has it.
        figures: What was counted.
        versions: What made it.
        psi: How far its score has moved since development, and its light; None where nobody can
            tell.
    """

    run: Run
    figures: NightFigures
    versions: Versions
    psi: figures.Moved | None


def lines(bench: Workbench, nights: tuple[Run, ...]) -> Iterator[Line]:
    """Nights, given the newest first."""
    if not nights:
        return
    days = [night.business_date for night in nights if night.business_date]
    made = _versions_by_folder(bench.runs.made("reason", (min(days), max(days))))
    gathered = figures.gathered(nights, bench.config.validation)
    for night, counted in zip(nights, reversed(gathered.nights), strict=True):
        found = delivered.read(night)
        versions = made.get(str(Path(night.directory) / CASE_RUN), Versions())
        # Of a night without a reasoned run, the scores alone tell.
        model = versions.model or found.model[:DIGITS]
        yield Line(night, counted, versions._replace(model=model), _psi(found, gathered))


def versions_of(run: Run) -> Versions:
    """What a run was made by, as its manifest in the store says."""
    try:
        manifest = RunManifest.from_json(run.manifest or "", "the store")
    except DataError:
        return Versions()
    return Versions(
        model=manifest.model[:DIGITS],
        prompt=prompt_of(manifest.prompt)[:DIGITS],
        reasoner=_reasoner(manifest.prompt),
        policy=_policy(manifest),
    )


def _versions_by_folder(runs: Iterable[Run]) -> dict[str, Versions]:
    """Of several runs in one folder, the last delivered lies there."""
    return {run.directory: versions_of(run) for run in runs}


def _reasoner(identity: str) -> str:
    """The model in what a manifest says of a back end; empty where it tells none.

    Example:
        >>> _reasoner('{"model": "r1", "prompt": "1461db"}'), _reasoner("template/1")
        ('r1', '')
    """
    try:
        said = json.loads(identity)
    except ValueError:
        return ""
    return str(said.get("model", "")) if isinstance(said, dict) else ""


def _policy(manifest: RunManifest) -> Policy | None:
    try:
        return Policy.model_validate(manifest.config.get("policy"))
    except ValidationError:
        return None


def _psi(found: delivered.Delivered, nights: Nights) -> figures.Moved | None:
    if found.stability is None:
        return None
    moved = figures.moved(found.stability, nights, {})
    return moved[0] if moved and moved[0].name is None else None
