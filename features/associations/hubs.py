"""Values that too many applications share to tie anybody: factories, call centres, agents."""

import numpy as np
import pandas as pd

from features.associations.state import Ties


def hubs(ties: Ties) -> pd.DataFrame:
    """Values whose applications are tied by them no longer, the most shared first.

    Returns:
        kind: what the value is; digest: which, as 16 hexadecimal digits; applications: how many
        share it. Values that tie nobody however few share them are none.
    """
    parts = []
    for kind, numbers in ties.values.items():
        most = min((key.most for key in ties.keys if key.kind == kind and key.most), default=None)
        if most is None:
            continue
        over = ties.groups.held >= most
        for digests, places in numbers.parts():
            large = np.flatnonzero(over[places])
            parts.append(
                pd.DataFrame(
                    {
                        "kind": [kind] * len(large),
                        "digest": [f"{each:016x}" for each in digests[large].tolist()],
                        "applications": ties.groups.held[places[large]].astype(np.int64),
                    }
                )
            )
    empty = pd.DataFrame({"kind": [], "digest": [], "applications": np.empty(0, np.int64)})
    found = pd.concat([empty, *parts], ignore_index=True) if parts else empty
    order = ["applications", "kind", "digest"]
    return found.sort_values(order, ascending=[False, True, True], ignore_index=True)
