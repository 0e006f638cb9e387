"""What MLflow knows of a night: looked up apart, since MLflow may be slow or away."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from pipelines.errors import TrackingError
from pipelines.review.night.delivered import Delivered
from pipelines.tracking import Tracking

_VALIDATED = "mingjian.validation"


@dataclass(frozen=True)
class Tracked:
    """Runs of MLflow; an id is empty where there is none.

    Attributes:
        night: Of the night itself.
        scores: Of its scored run.
        model: In which its model was trained.
        validated: Light of that model's validation report; empty where it was not validated.
    """

    night: str = ""
    scores: str = ""
    model: str = ""
    validated: str = ""


def look_up(tracking: Tracking, key: str, found: Delivered) -> Tracked | None:
    """The runs of a night; None where MLflow cannot be asked.

    Args:
        tracking: Where they are kept.
        key: Of the night.
        found: Its folder.
    """
    try:
        night = tracking.find_run(key)
        scores = tracking.find_run(found.scores_key) if found.scores_key else ""
        model = tracking.find_tagged("mingjian.model_digest", found.model) if found.model else ""
        validated = tracking.told(model).tags.get(_VALIDATED, "") if model else ""
    except TrackingError:
        return None
    return Tracked(night, scores, model, validated)


def run_address(where: str, run_id: str) -> str:
    """The page of a run at a tracking server; empty where there is no server or no run.

    Example:
        >>> run_address("http://mlflow.bank.example/", "ab"), run_address("/var/mlruns", "ab")
        ('http://mlflow.bank.example/#/runs/ab', '')
    """
    parts = urlsplit(where)
    if parts.scheme not in ("http", "https") or not run_id:
        return ""
    # Without what may be a password.
    place = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{place}{parts.path.rstrip('/')}/#/runs/{run_id}"
