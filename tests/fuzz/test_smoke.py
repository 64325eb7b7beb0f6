"""A short, repeatable part of what `make fuzz` does for longer."""

import random
from pathlib import Path

import pytest

from tests.fuzz.mutation import mutate
from tests.fuzz.seeds import seeds
from tests.fuzz.server_run import storm
from tests.fuzz.targets import TARGETS

SEED = 20261129
ROUNDS = 400
INPUTS = 4_000


@pytest.mark.parametrize("target", TARGETS)
def test_every_seed_keeps_the_promises(target: str) -> None:
    found = seeds(target)

    assert found
    for data in found:
        TARGETS[target](data)


@pytest.mark.parametrize("target", TARGETS)
def test_spoilt_seeds_keep_the_promises(target: str) -> None:
    chance = random.Random(SEED)  # noqa: S311 - the same inputs each time
    found = seeds(target)
    for _ in range(ROUNDS):
        TARGETS[target](mutate(chance, chance.choice(found)))


def test_mutations_are_the_same_for_the_same_chance() -> None:
    one, other = random.Random(SEED), random.Random(SEED)  # noqa: S311
    data = seeds("message")[0]

    assert [mutate(one, data) for _ in range(50)] == [mutate(other, data) for _ in range(50)]


def test_a_server_in_a_storm_answers_and_leaves_no_traceback(tmp_path: Path) -> None:
    report = storm(tmp_path, INPUTS, seconds=60.0, seed=SEED, patience=0.0)

    assert report.inputs >= INPUTS
    assert report.calls >= 1
