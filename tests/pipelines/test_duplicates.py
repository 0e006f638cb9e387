import errno
import resource
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines import duplicates
from pipelines.duplicates import find_twice, hashed, keep_ids


@given(st.lists(st.lists(st.integers(0, 12)), min_size=1), st.sampled_from([1, 3, 4_000_000]))
def test_the_lowest_row_of_an_id_stays(
    tmp_path_factory: pytest.TempPathFactory, parts: list[list[int]], held: int
) -> None:
    folder, first = tmp_path_factory.mktemp("ids"), 1
    paths, seen, expected = [], dict[int, int](), list[tuple[int, int]]()
    for number, part in enumerate(parts):
        rows = np.arange(first, first + len(part))
        first += len(part)
        for row, each in zip(rows.tolist(), part, strict=True):
            if each in seen:
                expected.append((row, seen[each]))
            seen.setdefault(each, row)
        paths.append(folder / f"{number}.bin")
        keep_ids(paths[-1], [hashed(pd.Series([f"A{each}" for each in part], dtype="str"), rows)])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(duplicates, "_HELD", held)
        twice = find_twice(paths)
    assert list(zip(twice.row.tolist(), twice.first.tolist(), strict=True)) == expected


def test_the_order_of_the_parts_does_not_matter(tmp_path: Path) -> None:
    keep_ids(
        tmp_path / "late",
        [hashed(pd.Series([each], dtype="str"), [row]) for each, row in (("x", 8), ("y", 9))],
    )
    keep_ids(tmp_path / "early", [hashed(pd.Series(["y"], dtype="str"), [3])])
    names = sorted(tmp_path.iterdir(), reverse=True)
    assert find_twice(names) == find_twice(names[::-1])
    assert find_twice(names).row.tolist() == [9]


@pytest.mark.parametrize("rows", [1_500, 100_000])
def test_where_there_is_no_room_nothing_is_kept_silently(tmp_path: Path, rows: int) -> None:
    """numpy's own writing loses the end of a small file without a word."""
    ids = pd.Series(range(rows)).astype("str")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))
    try:
        with pytest.raises(OSError, match=r"ids\.bin") as caught:
            keep_ids(tmp_path / "ids.bin", [hashed(ids, range(rows))])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert caught.value.errno == errno.EFBIG
