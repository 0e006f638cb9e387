"""The champion as a plain MLflow model, for whoever has only MLflow.

MLflow copies this file and the two packages it uses beside the model and runs it there; our own
jobs load the model through `PDModel.load` instead.
"""

from pathlib import Path
from typing import Any

import mlflow
import pandas as pd

from features.intake import check
from risk.model import PDModel
from risk.policy import Policy
from risk.scoring import Scorer


class ServedModel(mlflow.pyfunc.PythonModel):  # type: ignore[misc]
    """Applications in, one row each out: PD, points, grade, reason codes, or what is wrong."""

    def load_context(self, context: Any) -> None:
        """Load the model; its digest was pinned when it was registered."""
        settings = context.model_config
        model = PDModel.load(Path(context.artifacts["pd_model"]), settings["digest"])
        self.dictionary = model.dictionary
        policy = Policy.model_validate_json(settings["policy"])
        self.scorer = Scorer(model, policy, reasons_for="all", count=int(settings["reasons"]))

    def predict(
        self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> pd.DataFrame:
        """Score a frame of applications.

        Returns:
            One row per input row, in order: pd, points, grade, decision, reason codes, and
            `error`, which names field and rule where a row breaks the dictionary. All else of
            such a row is None, since MLflow would send a NaN as it is, which is no JSON.
        """
        frame = model_input.reset_index(drop=True)
        identity = self.dictionary.id
        if identity is not None and identity.name not in frame:
            frame[identity.name] = [f"row-{n}" for n in range(1, len(frame) + 1)]
        intake = check(frame, self.dictionary, first_row=1)
        scores = self.scorer.score(intake.accepted).set_index(intake.accepted.index)
        broken = intake.rejected.assign(
            error=intake.rejected["field"] + ": " + intake.rejected["rule"]
        )
        scores["error"] = ""
        scores = scores.reindex(range(1, len(frame) + 1))
        errors = broken.groupby("row")["error"].agg("; ".join)
        scores.loc[errors.index, "error"] = errors
        wanted = ["pd", "points", "grade", "decision", "error"]
        reasons = [c for c in scores if str(c).startswith("reason_")]
        answer = scores[wanted[:4] + reasons + ["error"]].reset_index(drop=True)
        return answer.astype(object).where(answer.notna(), None) if len(errors) else answer


mlflow.models.set_model(ServedModel())
