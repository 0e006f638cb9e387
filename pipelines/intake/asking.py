"""Asks the back end of `risk.toml` about papers; whatever keeps it from answering is a record."""

from pipelines.backends import opened
from pipelines.config import RunConfig
from pipelines.errors import ConfigError
from pipelines.intake.proposed import Asked
from risk.casefile import CaseFile
from risk.errors import BackendError
from risk.fitting import fit
from risk.reasoning.backends.base import Backend, Failed, Failure, Request
from risk.reasoning.proposals import PAPERS, template
from risk.tokens import tokens

_DETAIL = 300


class Asking:
    """Asks the full model of a config; its answers are kept in the store, as all answers are.

    Args:
        config: Names the back end.

    Raises:
        ConfigError: It names none that can read papers.
    """

    def __init__(self, config: RunConfig) -> None:
        if config.reasoning.backend == "template":
            raise ConfigError(
                '--ask needs a model, and the back end of risk.toml is "template"; name a server '
                "or an engine under [reasoning], or leave --ask out"
            )
        self._config = config

    def __call__(self, case: CaseFile) -> Asked:
        """Ask about one applicant's papers.

        Raises:
            StoreError: The store of answers cannot be opened, read or written to.
        """
        language = self._config.language
        try:
            with opened(self._config, again=True, question=PAPERS) as backends:
                profile = backends.profiles[0]
                room = profile.prompt_tokens - tokens(template(language))
                fitted = fit(case, max(room, 0), language)
                return ask(backends.full, Request.of(fitted, language, backends.full.identity))
        except BackendError as error:
            # Such a message names settings and addresses, never a paper.
            lost = Failed(code=Failure.UNREACHABLE, detail=str(error)[:_DETAIL])
            return Asked(self._config.reasoning.backend, "", case, lost)


def ask(backend: Backend, request: Request) -> Asked:
    """Ask one thing.

    Raises:
        BackendError: Nothing can be asked.
    """
    lost = Failed(code=Failure.LOST, detail="the back end gave no answer")
    outcome = next((outcome for _, outcome in backend.answer(iter([request]))), lost)
    return Asked(backend.name, request.digest, request.case, outcome)
