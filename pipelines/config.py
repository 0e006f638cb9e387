"""One TOML file, one frozen `RunConfig`; unknown keys are refused.

Read once, by the command; below it functions take values.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    field_validator,
    model_validator,
)

from features.associations.batch import Alarms
from features.dictionary import DataDictionary, explain
from features.language import Language
from features.samples import SampleSpec
from pipelines.card.settings import CardSettings
from pipelines.errors import ConfigError
from pipelines.review.settings import ReviewSettings, WebSettings
from risk.notice import NoticeSettings
from risk.policy import Policy
from risk.reasoning.backends.engine import EngineSettings
from risk.reasoning.backends.settings import ServerSettings
from risk.reasoning.selection import Selection
from risk.report.limits import ValidationLimits
from risk.scorecard import Scaling
from risk.training_spec import TrainingSpec

_ELSEWHERE = {
    "dictionary",
    "tracking",
    "store",
    "language",
    "validation",
    "notice",
    "card",
    "web",
    "review",
    "ties",
}
"""Names of places, and what is said of an output once it is there."""


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ReasonSettings(_Section):
    """Reason codes of a scored application.

    Attributes:
        count: How many reasons are given at most.
        rows: Which rows of a table get them: `all`, `adverse` (those that are not approved), or
            `none`. A case that is looked at has its reasons whatever stands here.
    """

    count: int = Field(default=4, ge=1, le=10)
    rows: Literal["all", "adverse", "none"] = "all"


class ReasoningSettings(_Section):
    """Who writes the rationales.

    Attributes:
        backend: `template`: the embedded one, without a model. `server`: a model behind an
            OpenAI-compatible address, such as `vllm serve`. `engine`: vLLM in this process.
        server: The server, where it is the back end.
        engine: The model's folder and what it may use, where vLLM runs in this process.
        light: A light model on a server, asked first; the back end then sees only the cases
            where the light one disagrees with the score or does not hold up.
        overlay: The `overlay.json` of an evaluation, relative to the config file; by it an
            opinion raises the PD that is shown beside the model's.
        keep_thinking_days: How long what a model thought is kept; its answers stay.
        traces: Most MLflow traces of a run; cases that a person might look at go first.
        gpus: GPUs that are held while a pass runs.
        gpu_hour_price: Price of one of them for an hour, for the cost per thousand cases.
    """

    backend: Literal["template", "server", "engine"] = "template"
    server: ServerSettings | None = None
    engine: EngineSettings | None = None
    light: ServerSettings | None = None
    overlay: Path | None = None
    keep_thinking_days: int = Field(default=90, ge=0)
    traces: int = Field(default=20_000, ge=0)
    gpus: int = Field(default=1, ge=1)
    gpu_hour_price: float = Field(default=0.0, ge=0, allow_inf_nan=False)

    @model_validator(mode="after")
    def _back_end_is_described(self) -> Self:
        if self.backend == "server" and self.server is None:
            raise ValueError("[reasoning.server] is missing: it names url, model and profile")
        if self.backend == "engine" and self.engine is None:
            raise ValueError("[reasoning.engine] is missing: it names model and profile")
        if self.backend == "template" and self.light is not None:
            raise ValueError("a light model goes before a back end, and the template is none")
        return self


class NightSettings(_Section):
    """How long a nightly job goes on asking.

    Attributes:
        rounds: How often it comes back to cases without an answer, where it has no deadline; with
            one it does so until then.
        round_wait_s: Seconds before the first coming back; doubles with each, up to ten minutes.
        retry_days: How many days cases of earlier nights are tried.
    """

    rounds: int = Field(default=3, ge=0)
    round_wait_s: float = Field(default=30, ge=0, allow_inf_nan=False)
    retry_days: int = Field(default=7, ge=0)


class TiesSettings(_Section):
    """What is remembered of ties, and when an application raises an alarm for its group.

    Attributes:
        state: Folder of what is remembered, relative to the config file; a night ties its
            applications where it is given.
        alarm_from: Earlier applications of the group, and keys that tie to it, from which it does.
            One other application at the same address alone is a family's and does not count.
        again: How many times as large as at its last alarm a group has to be for another one.
    """

    state: Path | None = None
    alarm_from: int = Field(default=Alarms().suspicion, ge=2)
    again: int = Field(default=Alarms().again, ge=2)

    @property
    def alarms(self) -> Alarms:
        """The same as the ties take it."""
        return Alarms(self.alarm_from, self.again)


class RunConfig(_Section):
    """Everything a run may be told, resolved.

    Attributes:
        name: Portfolio; names the MLflow experiment and the registered model.
        dictionary: Path of the data dictionary, relative to the config file.
        tracking: Folder of the local MLflow store relative to the config file, or a tracking URI.
        language: Language of narratives and messages where the command does not say.
        samples: How rows become development, validation and out-of-time samples.
        training: How the model is trained.
        scorecard: PD to points and grades.
        policy: Cut-offs and hard rules.
        reasons: Reason codes.
        rationale: Which cases are reasoned about.
        reasoning: Who writes the rationales.
        nightly: How long a nightly job goes on asking.
        validation: What a validation calls doubtful and what wrong.
        notice: Who writes to applicants; None where nobody said, and no notice can be written.
        card: What only people know of the model, for its card.
        review: The rules of the desk at which people decide, and who is told of decisions.
        web: How the workbench is reached.
        ties: Where ties are remembered, and when a group of applications raises an alarm.
        store: Database of answers, runs, cases and reviews: the path of a SQLite file relative to
            the config file, or the SQLAlchemy address of a SQLite or PostgreSQL database.
    """

    name: str = Field(default="portfolio", min_length=1, pattern=r"^[^/:\"'%]+$")
    dictionary: Path = Path("dictionary.toml")
    tracking: str = "mlruns"
    language: Language = "zh"
    samples: SampleSpec = SampleSpec()
    training: TrainingSpec = TrainingSpec()
    scorecard: Scaling = Scaling()
    policy: Policy
    reasons: ReasonSettings = ReasonSettings()
    rationale: Selection = Selection()
    reasoning: ReasoningSettings = ReasoningSettings()
    nightly: NightSettings = NightSettings()
    validation: ValidationLimits = ValidationLimits()
    notice: NoticeSettings | None = None
    card: CardSettings = CardSettings()
    review: ReviewSettings = ReviewSettings()
    web: WebSettings = WebSettings()
    ties: TiesSettings = TiesSettings()
    store: str = "mlruns/answers.db"
    _home: Path = PrivateAttr(default=Path())

    @property
    def home(self) -> Path:
        """Folder of the config file."""
        return self._home

    @field_validator("training")
    @classmethod
    def _cut_follows_policy(cls, training: TrainingSpec) -> TrainingSpec:
        if "approve_below" in training.model_fields_set:
            raise ValueError("remove approve_below: it follows from [policy]")
        return training

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read `risk.toml`; relative paths in it start at its folder.

        Raises:
            ConfigError: The file cannot be read, is no TOML, or a key is unknown or wrong.
        """
        try:
            raw = tomllib.loads(path.read_text("utf-8-sig"))
        except FileNotFoundError as error:
            raise ConfigError(f"{path} does not exist; `risk init` drafts one") from error
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{path} cannot be read as UTF-8 text: {error}") from error
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(f"{path} is not valid TOML: {error}") from error
        return cls.of(raw, path)

    @classmethod
    def of(cls, raw: Mapping[str, object], path: Path) -> Self:
        """Validate parsed TOML that stands, or will stand, at `path`."""
        try:
            config = cls.model_validate(raw)
        except ValidationError as error:
            raise ConfigError(explain(error, str(path))) from error
        home = path.resolve().parent
        config._home = home
        places = {"tracking": config.tracking, "store": config.store}
        if config.reasoning.overlay:
            own = config.reasoning.model_copy(update={"overlay": home / config.reasoning.overlay})
            config = config.model_copy(update={"reasoning": own})
        if config.ties.state:
            ties = config.ties.model_copy(update={"state": home / config.ties.state})
            config = config.model_copy(update={"ties": ties})
        return config.model_copy(
            update={
                "dictionary": home / config.dictionary,
                "web": config.web.model_copy(update={"reports": home / config.web.reports}),
                **{key: p if "://" in p else str(home / p) for key, p in places.items()},
            }
        )

    def read_dictionary(self) -> DataDictionary:
        """The portfolio's dictionary."""
        return DataDictionary.read(self.dictionary)

    def decides(self) -> dict[str, object]:
        """What of the config can change a model or a score."""
        return self.model_dump(mode="json", exclude=_ELSEWHERE)
