"""A file that cannot be read is told with what to do."""

from pathlib import Path

import pytest

from doorline.settings.reading import UnusableFileError, octets_of


def test_what_is_in_a_file_is_read_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"\xff\n")

    assert octets_of(tmp_path / "key") == b"\xff\n"


def test_a_file_that_is_not_there_or_is_none_is_told_by_its_path(tmp_path: Path) -> None:
    missing = tmp_path / "missing"

    with pytest.raises(UnusableFileError) as refused:
        octets_of(missing)
    assert str(refused.value) == f"{missing} does not exist; correct the path"
    with pytest.raises(UnusableFileError, match=f"{tmp_path} cannot be read: "):
        octets_of(tmp_path)
