"""What a cheap text score adds out of time on public loans, by the product's own code path.

LendingClub's `desc` is the only document of the public data. The model learns from loans before
2010; the text score from loans of 2010, which the model has not seen; loans of 2011 judge both.
Run it with `python -m tests.benchmarks.text_score`; the data lie where `figures` looks for them.
"""

import sys
import time

import numpy as np
import pandas as pd
from scipy.special import logit

from features.samples import Sample, SampleSpec, assign
from risk.scorecard import Scaling
from risk.textscore import TextScore, redacted
from risk.training import Labelled, train
from risk.training_spec import TrainingSpec
from risk.validation.reasoning import Comparison, compare
from tests.benchmarks.protocols import absent, protocols
from tests.benchmarks.runs import FEW_REFERENCES, read

LENDINGCLUB = next(one for one in protocols() if one.name == "lendingclub")
FROM_TEXT, FROM_JUDGED = pd.Timestamp(2010, 1, 1), pd.Timestamp(2011, 1, 1)


def measure() -> tuple[Comparison, Comparison]:
    """The comparison on all loans of 2011, and on those whose borrower wrote something."""
    table = read(LENDINGCLUB)
    issued = table.accepted["issue_d"]
    first = (issued < FROM_TEXT).to_numpy()
    later = (issued >= FROM_JUDGED).to_numpy()
    text_rows = ~first & ~later
    parts = assign(pd.Series(table.y[first]), None, SampleSpec(test_share=0.0)).to_numpy()
    x, y = table.x[first], table.y[first]
    samples = [Labelled(x[parts == p], y[parts == p]) for p in (Sample.DEVELOPMENT, "validation")]
    spec = TrainingSpec(parameters=LENDINGCLUB.parameters, references=FEW_REFERENCES)
    model = train(*samples[0], *samples[1], table.dictionary, spec, Scaling()).model
    log_odds = logit(model.predict(table.x))
    texts = np.array(redacted(table.accepted, table.dictionary), dtype=object)
    score = TextScore.fit(texts[text_rows].tolist(), log_odds[text_rows], table.y[text_rows])
    text = score.log_odds(texts[later].tolist(), log_odds[later])
    wrote = np.array([bool(each.strip()) for each in texts[later]])
    entered = {"model": log_odds[later], "text": text}
    return (
        compare("2011, all", table.y[later], entered),
        compare(
            "2011, with a description",
            table.y[later][wrote],
            {name: each[wrote] for name, each in entered.items()},
        ),
    )


def main() -> int:
    """Print the table; 2 where the data are absent."""
    missing = absent([LENDINGCLUB])
    if missing:
        print(missing, file=sys.stderr)
        return 2
    began = time.perf_counter()
    print("| Rows | n | bads | AUC model | AUC with text | gain | Brier gain at level |")
    print("|---|---|---|---|---|---|---|")
    for found in measure():
        alone, text = found.of("model"), found.of("text")
        if alone is None or text is None or text.gains is None:
            continue
        area, brier = text.gains.auc, text.gains.brier_at_level
        print(
            f"| {found.subset} | {found.rows:,} | {found.bads:,} | {alone.figures['auc']:.4f} | "
            f"{text.figures['auc']:.4f} | {area.difference:+.4f} [{area.low:+.4f}, "
            f"{area.high:+.4f}], p {area.p_value:.2g} | {brier.difference:+.6f} "
            f"[{brier.low:+.6f}, {brier.high:+.6f}], p {brier.p_value:.2g} |"
        )
    print(f"\n{time.perf_counter() - began:.0f} seconds in all.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
