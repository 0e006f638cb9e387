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
    with pytest.raises(OSError, match=r"a\.part") as caught:
        disk.write(tmp_path / "a", b"one")
    assert (caught.value.errno, caught.value.filename) == (errno.ENOSPC, str(tmp_path / "a.part"))
    assert not (tmp_path / "a").exists()


def test_a_name_that_an_error_has_stays() -> None:
    with pytest.raises(FileNotFoundError, match="nowhere"), disk.named(Path("a")):
        os.stat("nowhere")  # noqa: PTH116 - pathlib would do as well


def test_two_folders_change_places(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()
    if not disk.exchange(tmp_path / "one", tmp_path / "other"):
        pytest.skip("this file system cannot exchange two folders")
    assert (tmp_path / "one" / "other").exists()
    assert (tmp_path / "other" / "one").exists()


def test_what_is_not_there_is_not_exchanged(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    try:
        assert not disk.exchange(tmp_path / "one", tmp_path / "other")
    except FileNotFoundError as error:
        assert str(tmp_path / "other") in str(error)  # noqa: PT017 - a system without it says no
    assert (tmp_path / "one").is_dir()
