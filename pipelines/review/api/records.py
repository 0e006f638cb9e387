"""What the API takes in and gives out."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from features.language import Text
from pipelines.cases import CaseRecord
from pipelines.review.wishes import LONGEST_COMMENT
from pipelines.store.reviews import Logged
from risk.desk import Action, Outcome, State
from risk.policy import Recommendation

Scalar = bool | int | float | str | None
# PostgreSQL keeps no text with this character in it.
Clean = Annotated[str, Field(pattern=r"^[^\x00]*$")]


class _In(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class _Out(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class Application(_In):
    """One application, by the columns of the portfolio's dictionary.

    Attributes:
        application: Value of each column; null where it is missing. Columns that the dictionary
            does not name are passed over, as in a file.
    """

    application: dict[str, Scalar] = Field(max_length=2_000)


class ReasonOut(_Out):
    """One reason code.

    Attributes:
        rank: 1 for the largest.
        code: Key of a group, or name of a field.
        field: The field that leads the group.
        label: What people call it.
        contribution: Log-odds of default that it adds.
    """

    rank: int
    code: str
    field: str
    label: Text
    contribution: float


class ModelOut(_Out):
    """The model that scored.

    Attributes:
        name: Name of the registered model.
        version: Its version.
        digest: SHA-256 over its files.
    """

    name: str
    version: str
    digest: str


class ScoreOut(_Out):
    """The score of an application.

    Attributes:
        application_id: The application.
        pd: Probability of default, in [0, 1].
        points: Scorecard points; more is safer.
        grade: Grade of the master scale.
        recommendation: Of the model and the policy's hard rules together.
        rules: Names of the hard rules that were hit.
        reasons: What raises the risk, the largest first.
        model: What scored it.
    """

    application_id: str
    pd: float
    points: float
    grade: str
    recommendation: Recommendation
    rules: tuple[str, ...]
    reasons: tuple[ReasonOut, ...]
    model: ModelOut


class CaseOut(_Out):
    """A case as it lies on the desk.

    Attributes:
        run_key: The reasoned run it belongs to.
        application_id: The application.
        business_date: The day whose applications the run is about.
        product: The product applied for; empty where it is unknown.
        amount: The amount applied for; null where it is unknown.
        expected_loss: PD times amount; null where the amount is unknown.
        queued_at: Since when it waits.
        due_at: Until when it should be decided.
        state: Where it stands.
        holder: Who works on it; empty for nobody.
        proposer: Who proposed an outcome; empty for nobody.
        outcome: What was decided; empty before.
        recommendation: What is recommended in the end.
        model_recommendation: What model and hard rules recommend.
        grade: Grade of the master scale.
        pd: Probability of default, in [0, 1].
        points: Scorecard points.
        pending: Whether its rationale is still to be written.
        struck: How many sentences of its narrative were struck.
        suspected: Whether one of its documents seems to give orders to its reader.
        moved: Whether reasoning changed the recommendation.
        evidence_digest: Of all that its rationale rests on; a decision has to name it.
    """

    run_key: str
    application_id: str
    business_date: date
    product: str
    amount: float | None
    expected_loss: float | None
    queued_at: datetime
    due_at: datetime
    state: State
    holder: str
    proposer: str
    outcome: Outcome | Literal[""]
    recommendation: Recommendation
    model_recommendation: Recommendation
    grade: str
    pd: float
    points: float
    pending: bool
    struck: int
    suspected: bool
    moved: bool
    evidence_digest: str


class QueueOut(_Out):
    """A page of the queue.

    Attributes:
        cases: The most urgent first.
        next: What to give as `after` to go on; null where nothing comes behind.
    """

    cases: tuple[CaseOut, ...]
    next: str | None


class ReviewOut(_Out):
    """One thing that a person did about a case, as it stands in the log.

    Attributes:
        id: Its place in the log.
        reviewer: Who did it.
        action: What was done.
        recommendation: What the person recommends.
        reason_code: Why, of the desk's list.
        comment: Why, in words; through the API its last line names the key.
        evidence_digest: Of all that the person was shown.
        created_at: When.
        hash: Seal of the row.
    """

    id: int
    reviewer: str
    action: Logged
    recommendation: Recommendation | None
    reason_code: str
    comment: str
    evidence_digest: str
    created_at: datetime
    hash: str


class WholeCaseOut(_Out):
    """A case with all there is of it.

    Attributes:
        case: As it lies on the desk.
        record: Score, case file, rationale and recommendation; null where another run has
            replaced it.
        history: All that was done about it, the oldest first.
    """

    case: CaseOut
    record: CaseRecord | None
    history: tuple[ReviewOut, ...]


class DecisionIn(_In):
    """What a person decides, sent on by a program.

    Attributes:
        reviewer: Name of the user on whose behalf it is sent; the rules of the desk hold for that
            person, four eyes among them.
        action: What is done.
        outcome: What is decided; for `confirm`, what is to be confirmed, or null.
        reason_code: Why, of the desk's list; needed to override.
        comment: Why, in words.
        evidence_digest: Of the case as the person was shown it.
    """

    reviewer: Clean = Field(min_length=1, max_length=64)
    action: Action
    outcome: Outcome | None = None
    reason_code: Clean = Field(default="", max_length=100)
    comment: Clean = Field(default="", max_length=LONGEST_COMMENT)
    evidence_digest: str = Field(pattern=r"^[0-9a-f]{64}$")


class DecisionOut(_Out):
    """What came of it.

    Attributes:
        run_key: The run of the case.
        application_id: The application.
        review: As it stands in the log.
        decided: Whether the case is decided by it.
        waits_for_second: Whether another person has to confirm it.
    """

    run_key: str
    application_id: str
    review: ReviewOut
    decided: bool
    waits_for_second: bool
