import errno
import os
from pathlib import Path

import pytest

from pipelines import disk


def test_what_is_written_stands_whole_under_its_name(tmp_path: Path) -> None:
    disk.write(tmp_path / "a", b"one")
    disk.write(tmp_path / "a", b"two")
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {"a": b"two"}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_an_error_of_an_open_file_says_which_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.part").symlink_to("/dev/full")
    with pytest.raises(OSError, match="a.part") as caught:
        disk.write(tmp_path / "a", b"one")
    assert (caught.value.errno, caught.value.filename) == (errno.ENOSPC, str(tmp_path / "a.part"))
    assert not (tmp_path / "a").exists()


def test_a_name_that_an_error_has_stays() -> None:
    with pytest.raises(FileNotFoundError, match="nowhere"), disk.named(Path("a")):
        os.stat("nowhere")  # noqa: PTH116 - pathlib would do as well
