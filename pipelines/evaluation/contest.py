"""From answers to an evaluation: the contest on the drawn rows, and the record of it.

The statistics are `risk.contest` and `risk.validation.reasoning`.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from features.dictionary import DataDictionary, Role
from pipelines.evaluation.sample import Drawn
from risk.contest import Contest, Entries, hold
from risk.reasoning.selection import Selection, select
from risk.scoring import Scorer
from risk.textscore import redacted
from risk.validation.reasoning import Comparison, compare


def scored(scorer: Scorer, drawn: Drawn, selection: Selection) -> pd.DataFrame:
    """Score, recommendation and outcome of every unseen row, chosen or not."""
    scores = scorer.score(drawn.accepted)
    everyone = selection.model_copy(update={"limit": None, "audit_share": 0.0})
    return pd.DataFrame(
        {
            "application_id": scores["application_id"],
            "default_flag": drawn.y.astype(np.int64),
            "pd_model": scores["pd"],
            "decision": scores["decision"],
            "selected": select(scores, everyone)["selected"],
        },
        index=scores.index,
    )


def contest(rows: pd.DataFrame, drawn: Drawn, dictionary: DataDictionary, seed: int) -> Contest:
    """Fit on the earlier rows and meet again on the later ones.

    Args:
        rows: What `scored` gives, with the answers of the chosen rows beside it.
        drawn: The drawn rows.
        dictionary: The run's own.
        seed: Draws the folds.
    """
    documents = dictionary.with_role(Role.DOCUMENT)
    told = any(field.name in drawn.accepted.columns for field in documents)
    entries = Entries(
        log_odds=logit(rows["pd_model"].to_numpy()),
        level=rows["level"].fillna(0).to_numpy(np.int64),
        y=drawn.y,
        earlier=drawn.earlier,
        later=drawn.judged,
        texts=redacted(drawn.accepted, dictionary) if told else None,
        text_rows=~drawn.later,
        in_time=drawn.in_time,
    )
    return hold(entries, seed=seed)


def comparisons(rows: pd.DataFrame, drawn: Drawn, held: Contest) -> Iterator[Comparison]:
    """All later rows, those the config would choose, the grey band; and the earlier rows."""
    subsets = {
        "later": drawn.judged,
        "later-selected": drawn.judged & rows["selected"].to_numpy(bool),
        "later-grey": drawn.judged & (rows["decision"] == "refer").to_numpy(bool),
        "earlier": drawn.earlier,
    }
    for name, mask in subsets.items():
        entered = {who: each[mask] for who, each in held.log_odds.items()}
        concerns = int((rows["level"].to_numpy()[mask] > 0).sum())
        yield compare(name, drawn.y[mask], entered, concerns)


def table(rows: pd.DataFrame, held: Contest) -> pd.DataFrame:
    """Every evaluated case with the PD of each contestant; no form value and no document."""
    pds = {f"pd_{who}": expit(each) for who, each in held.log_odds.items() if who != "model"}
    return rows.assign(**pds)[rows["status"].notna()].reset_index(drop=True)
