"""The prompt's words in MLflow's registry: a version each time that they change.

The registry only shows what was asked; the words that are sent come from `risk.reasoning.prompt`.
"""

from dataclasses import dataclass
from typing import Any

from features.language import Language
from pipelines.tracking.registry import ABSENT, DIGEST_TAG
from pipelines.tracking.store import Store, quiet
from risk.reasoning import prompt

NEWEST = "latest"
_LANGUAGE_TAG = "mingjian.language"


@dataclass(frozen=True)
class PromptVersion:
    """A registered prompt.

    Attributes:
        name: Its name, such as `mingjian-reasoning-zh`.
        version: Counted from 1.
        digest: Of the words of every language and the way in which a case is told.
    """

    name: str
    version: str
    digest: str

    @property
    def uri(self) -> str:
        """MLflow's address of it."""
        return f"prompts:/{self.name}/{self.version}"


def prompt_name(language: Language) -> str:
    """The name under which a language's prompt is registered."""
    return f"mingjian-reasoning-{language}"


def register(store: Store, language: Language, run_id: str = "") -> PromptVersion:
    """The registered version of the prompt as it is now; a new one only where it has changed.

    Args:
        store: Where.
        language: The language that the run asks in.
        run_id: A run to name beside the prompt on MLflow's pages.

    Raises:
        TrackingError: The store cannot be reached or written to.
    """
    with quiet(), store.explained():
        known = _newest(store, language)
        if known is None or known.tags.get(DIGEST_TAG) != prompt.digest():
            known = store.client.register_prompt(
                prompt_name(language),
                prompt.template(language),
                commit_message=f"digest {prompt.digest()[:12]}",
                tags={DIGEST_TAG: prompt.digest(), _LANGUAGE_TAG: language},
            )
        if run_id:
            store.client.link_prompt_version_to_run(run_id, known)
    return PromptVersion(known.name, str(known.version), prompt.digest())


def _newest(store: Store, language: Language) -> Any:
    from mlflow.exceptions import MlflowException

    try:
        return store.client.get_prompt_version_by_alias(prompt_name(language), NEWEST)
    except MlflowException as error:
        if error.error_code in ABSENT:
            return None
        raise
