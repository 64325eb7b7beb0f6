from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.chain import (
    ChainMember,
    ChainStage,
    chain_name,
    check_stages,
    first_kinds,
    parse_stages,
    read_chain,
)
from directory.errors import Invalid
from directory.kinds import CallType
from sipcore.calls.chain import CHAINS

INDOOR: dict[str, Any] = {"members": [{"kind": "indoor"}]}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["members", "ring_time", "kind", "delay", "id", "x"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


def wrong(stages: object) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as raised:
        check_stages(stages)
    return [(error.field, error.message) for error in raised.value.errors]


def test_stages_are_read_and_stored_with_what_was_said_and_no_more() -> None:
    stages = [
        {"members": [{"kind": "indoor"}, {"kind": "app", "delay": 5}], "ring_time": 20},
        {"members": [{"kind": "account", "id": 7}, {"kind": "person", "id": 7}]},
    ]

    assert check_stages(stages) == [
        {"members": [{"kind": "indoor"}, {"kind": "app", "delay": 5.0}], "ring_time": 20.0},
        {"members": [{"kind": "account", "id": 7}, {"kind": "person", "id": 7}]},
    ]
    assert parse_stages(stages)[0] == ChainStage(
        (ChainMember("indoor"), ChainMember("app", 5.0)), 20.0
    )


@pytest.mark.parametrize(
    ("stages", "field", "words"),
    [
        ([], "stages", "at least one stage"),
        ("indoor", "stages", "at least one stage"),
        ([INDOOR] * 7, "stages", "at most 6 stages"),
        ([INDOOR, {"members": []}], "stages.2.members", "at least one member"),
        ([{"members": ["indoor"]}], "stages.1.members.1", "must be an object"),
        ([{**INDOOR, "ring_time": 0}], "stages.1.ring_time", "1 to 300 seconds"),
        ([{**INDOOR, "ring_time": -5}], "stages.1.ring_time", "1 to 300 seconds"),
        ([{**INDOOR, "ring_time": 301}], "stages.1.ring_time", "1 to 300 seconds"),
        ([{**INDOOR, "ring": 3}], "stages.1.ring", "unknown field"),
        ([{"members": [{"kind": "pigeon"}]}], "stages.1.members.1.kind", "must be one of app"),
        ([{"members": [{"kind": ["app"]}]}], "stages.1.members.1.kind", "must be one of app"),
        ([{"members": [{"kind": "app", "dely": 2}]}], "stages.1.members.1.dely", "unknown"),
        ([{"members": [{"kind": "app"}] * 2}], "stages.1.members.2.kind", "already"),
        ([{"members": [{"kind": "app", "id": 3}]}], "stages.1.members.1.id", "only a person"),
        ([{"members": [{"kind": "person"}]}], "stages.1.members.1.id", "id of a row"),
        (
            [{"members": [{"kind": "app", "delay": 20}], "ring_time": 20}],
            "stages.1.members.1.delay",
            "shorter than the ring time",
        ),
    ],
)
def test_each_mistake_is_named_with_its_place(stages: object, field: str, words: str) -> None:
    told = [(where, message) for where, message in wrong(stages) if where == field]

    assert len(told) == 1, wrong(stages)
    assert words in told[0][1]


def test_every_mistake_is_named_at_once() -> None:
    assert [where for where, _ in wrong([{"members": []}, {**INDOOR, "ring_time": 0}])] == [
        "stages.1.members",
        "stages.2.ring_time",
    ]


def test_a_broken_stored_chain_says_why_and_rings_nobody() -> None:
    chain = read_chain("night", [{"members": [{"kind": "pigeon"}]}], by_site=True)

    assert chain.stages == ()
    assert chain.fault.startswith("stages.1.members.1.kind: must be one of")


@given(json_values)
def test_a_stored_chain_is_either_good_or_says_why_not(stages: object) -> None:
    chain = read_chain("night", stages, by_site=True)

    assert bool(chain.stages) != bool(chain.fault)
    assert all(stage.members for stage in chain.stages)


@pytest.mark.parametrize("name", ["indoor_then_app", "guard", "emergency"])
def test_a_chain_does_not_bear_the_name_of_something_else(name: str) -> None:
    with pytest.raises(ValueError, match="built-in"):
        chain_name(name)


@pytest.mark.parametrize("name", ["", "Night", "3am", "a b", "x" * 33, "näht"])
def test_a_name_is_a_plain_word(name: str) -> None:
    with pytest.raises(ValueError, match="1 to 32"):
        chain_name(name)


def test_the_name_of_a_built_in_type_says_who_rings_first() -> None:
    assert {name: first_kinds(name) for name in CallType} == {
        name: stages[0] for name, stages in CHAINS.items()
    }
