"""How to train: the settings of a run, and hyperparameters that suit a sample's size.

Training itself is `risk.training`.
"""

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, field_validator

Parameter = float | int | bool

# Whatever else LightGBM can do would change what kind of model this is, or make it irreproducible;
# path_smooth breaks monotone constraints, 40 times in one fit at 10 (LightGBM 4.7.0).
TUNABLE = frozenset({
    "learning_rate", "num_leaves", "max_depth", "max_bin", "min_data_in_leaf", "min_data_in_bin",
    "min_sum_hessian_in_leaf", "min_gain_to_split", "lambda_l1", "lambda_l2", "feature_fraction",
    "feature_fraction_bynode", "bagging_fraction", "bagging_freq", "extra_trees",
    "monotone_penalty", "max_delta_step",
})  # fmt: skip


class TrainingSpec(BaseModel):
    """How to train.

    Attributes:
        parameters: Hyperparameters that replace the defaults.
        max_rounds: Most trees.
        patience: Rounds without a better validation loss after which training stops.
        trials: Hyperparameter trials before training; 0 takes the defaults.
        folds: Cross-validation folds of each trial.
        seed: Draws rows and columns, folds, and the reference set.
        refit: Whether the trees are grown again on development and validation rows together,
            once validation rows have calibrated them and chosen how many (or, where these hold
            too few bads to tell, cross-validation over both).
        threads: Threads; results do not depend on them. 0 takes all cores.
        references: Rows of the reference set.
        approve_below: PD below which the portfolio's policy approves; the reference set is drawn
            from development rows that this model approves and that repaid.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    parameters: dict[str, Parameter] = Field(default_factory=dict)
    max_rounds: int = Field(default=2000, ge=1)
    patience: int = Field(default=100, ge=1)
    trials: int = Field(default=0, ge=0)
    folds: int = Field(default=5, ge=2)
    refit: bool = True
    seed: int = Field(default=0, ge=0, lt=2**31)
    threads: int = Field(default=0, ge=0)
    references: int = Field(default=1000, ge=1)
    approve_below: float = Field(default=0.05, gt=0, le=1)

    @field_validator("parameters")
    @classmethod
    def _only_tunable(cls, given: dict[str, Parameter]) -> dict[str, Parameter]:
        unknown = ", ".join(sorted(set(given) - TUNABLE))
        if unknown:
            raise ValueError(f"{unknown} cannot be set; choose among {', '.join(sorted(TUNABLE))}")
        return given


def default_parameters(rows: int, bads: int, features: int) -> dict[str, Parameter]:
    """Hyperparameters that suit a sample of this size: small ones get small, smooth trees."""
    return {
        # Rare outcomes bear the signal; a piecewise constant fit of n of them resolves n^(1/3)
        # pieces (the histogram rule). 200 bads give 4 leaves, 6,000 give 14, 60,000 the most.
        "num_leaves": int(np.clip(0.8 * bads ** (1 / 3), 4, 31)),
        # Reasons cost what prediction does while a leaf asks for few fields at once.
        "max_depth": 10,
        # Slower where few bads make each step noisy, faster where rows make each one dear.
        "learning_rate": 0.03 if bads < 5000 else 0.05,
        # A leaf rests on enough rows to hold some bads, and needs no more than 60 for it.
        "min_data_in_leaf": int(np.clip(rows // 300, 20, 60)),
        "min_sum_hessian_in_leaf": 1.0,
        # Trees of four leaves are smooth already; larger ones are held back harder.
        "lambda_l2": 5.0 if bads < 500 else 10.0,
        # Credit fields tell much the same: trees that see half of them each average better.
        "feature_fraction": 0.5 if features >= 10 else 0.8,
        "bagging_fraction": 0.7,
        "bagging_freq": 1,
        "max_bin": 255,
    }
