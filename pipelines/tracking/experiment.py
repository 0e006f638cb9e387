"""An experiment as the jobs use it: runs, models, prompts and traces behind one name."""

import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager

from features.language import Language
from pipelines.job import Advance
from pipelines.tracking import marks, outside, prompts, registry, runs, told, traces
from pipelines.tracking.spans import ReasonedCase
from pipelines.tracking.store import Store, quiet


class Tracking:
    """One experiment of one MLflow store; store and experiment are made by the first run in it.

    Looking a model up makes nothing: a job that cannot begin leaves no empty store behind.

    Args:
        where: Folder of a local store, or a tracking URI.
        experiment: Name of the experiment.
    """

    def __init__(self, where: str, experiment: str) -> None:
        self._store = Store(where, experiment)

    @property
    def uri(self) -> str:
        """MLflow's address of the store."""
        return self._store.uri

    def run(self, name: str, job: str) -> AbstractContextManager[runs.OpenRun]:
        """A run that ends FINISHED, or FAILED when the block raises.

        Raises:
            TrackingError: The store cannot be opened or written to.
        """
        return runs.opened(self._store, name, job)

    def record(self, log: runs.RunLog) -> str:
        """Log a whole job; returns its run id."""
        with quiet(), self.run(log.name, log.job) as opened:
            opened.log(log)
            return opened.run_id

    def attach(self, run_id: str, log: runs.RunLog) -> None:
        """Log more to a run that has ended; it stays ended, under the name it has.

        Texts and tables of the same name are replaced, and the last value of a metric is the
        one given here; a param that the run already has cannot be given another value.

        Raises:
            TrackingError: There is no such run, a param would change, or the store cannot be
                written to.
        """
        told.told(self._store, run_id)
        with quiet(), self._store.explained():
            runs.OpenRun(self._store, run_id, at_ms=time.time_ns() // 1_000_000).log(log)

    def told(self, run_id: str) -> told.Told:
        """What a run has said of itself: params, metrics and tags.

        Raises:
            TrackingError: There is no such run, or the store cannot be reached.
        """
        return told.told(self._store, run_id)

    def text(self, run_id: str, name: str) -> str | None:
        """A text that a run has logged, such as `manifest.json`; None where it has none.

        Raises:
            TrackingError: There is no such run, the store cannot be reached, or it is no text.
        """
        return told.text(self._store, run_id, name)

    def find_run(self, key: str) -> str:
        """Id of the youngest run of a key; empty where there is none.

        Raises:
            TrackingError: The store cannot be reached.
        """
        return told.of_key(self._store, key)

    def find_tagged(self, name: str, value: str) -> str:
        """Id of the youngest run that has a tag; empty where there is none.

        Raises:
            TrackingError: The store cannot be reached.
        """
        return told.of_tag(self._store, name, value)

    def outside(self, address: str) -> outside.Outside:
        """A model from outside: any pyfunc that MLflow can load, which runs its code.

        Raises:
            TrackingError: There is none, or it cannot be loaded here.
        """
        return outside.load(self._store, address)

    def champion_exists(self, name: str) -> bool:
        """Whether the registered model has a champion."""
        return registry.find(self._store, name, "champion") is not None

    def register(
        self, name: str, model_uri: str, run_id: str, digest: str, alias: registry.Alias
    ) -> str:
        """Register a logged model under an alias; returns its version.

        The digest of the model files is pinned on the version, outside the files themselves.
        """
        logged = registry.LoggedModel(model_uri, run_id, digest)
        return registry.register(self._store, name, logged, alias)

    def fetch(self, name: str, reference: str) -> registry.StoredModel:
        """The files of a registered model, by alias, version number or id of its training run.

        Raises:
            TrackingError: There is no such model, its files are gone, or it was not registered
                by this software.
        """
        return registry.fetch(self._store, name, reference)

    def with_digest(self, name: str, digest: str) -> registry.StoredModel:
        """The files of the registered model that a run's manifest names.

        Raises:
            TrackingError: There is no such model, or its files are gone.
        """
        return registry.with_digest(self._store, name, digest)

    def prompt(self, language: Language, run_id: str = "") -> prompts.PromptVersion:
        """The registered version of the prompt as it is now, linked to a run where one is given.

        Raises:
            TrackingError: The store cannot be reached or written to.
        """
        return prompts.register(self._store, language, run_id)

    def reasoned(
        self,
        records: Callable[[], Iterable[ReasonedCase]],
        plan: traces.TracePlan,
        advance: Advance = traces.unheard,
    ) -> traces.Traced:
        """Write one trace a reasoned case and link it to its run; what is there stays as it is.

        Args:
            records: Reads the records from their beginning at each call.
            plan: Run, prompt and limit.
            advance: Hears how far it is.

        Raises:
            TrackingError: The store cannot be reached or written to.
        """
        return traces.write(self._store, records, plan, advance)

    def marked(self, given: Iterable[marks.TraceMark]) -> marks.Sent:
        """Have what officers said of sentences stand as feedback on the traces of their cases.

        What stands there already is not sent again.

        Raises:
            TrackingError: The store cannot be reached or written to.
        """
        return marks.send(self._store, given)
