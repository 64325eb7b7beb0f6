"""Request in, exact file out, for each vendor and model."""

import os
import subprocess
import sys

import pytest

from provisioning.catalogue import load_catalogue
from tests.golden.cases import FOLDER, Case, answer, cases

CASES = list(cases())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_the_file_is_exactly_as_written_down(case: Case) -> None:
    given = await answer(case)

    assert given.status == 200
    assert given.file is not None
    assert given.file.body.decode() == case.place.read_text(encoding="utf-8")
    assert given.file.content_type == case.content_type


def test_every_file_written_down_belongs_to_a_request() -> None:
    files = {path for path in FOLDER.glob("*/*/*") if path.name != "request.toml"}

    assert files == {case.place for case in CASES}


def test_every_vendor_has_a_golden_model() -> None:
    vendors = {path.parent.parent.name for path in FOLDER.glob("*/*/request.toml")}

    assert vendors == set(load_catalogue().vendors)


def test_the_bytes_do_not_depend_on_the_process() -> None:
    hashes = {
        subprocess.run(
            [sys.executable, "-m", "tests.golden.cases", "--hash"],
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C"},
            cwd=FOLDER.parent.parent,
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed, zone in (("0", "UTC"), ("4711", "Asia/Tokyo"))
    }

    assert len(hashes) == 1
