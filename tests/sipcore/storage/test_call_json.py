"""Calls as JSON: the same octets as from the standard library."""

import json
from dataclasses import fields, is_dataclass

from hypothesis import given
from hypothesis import strategies as st

from sipcore.b2bua.plan import Party, RingPlan, RingStage, SkippedTarget, Target
from sipcore.storage.call_json import detail_json, plan_json

texts = st.text(st.characters(), max_size=8)
words = st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=8)
numbers = st.none() | st.integers(-5, 2**40)
parties = st.builds(
    Party,
    *(texts, texts, texts),
    *(numbers, numbers, numbers, numbers),
    *(st.booleans(), st.booleans(), st.booleans()),
)
stages = st.builds(
    RingStage,
    texts,
    st.lists(st.builds(Target, parties, st.none() | texts), max_size=2).map(tuple),
    st.floats(0, 1e6) | st.integers(0, 99),
    st.lists(st.builds(SkippedTarget, parties, texts), max_size=2).map(tuple),
)
plans = st.builds(
    RingPlan,
    *(texts, parties, texts, st.lists(stages, max_size=2).map(tuple), st.booleans(), texts),
    *(numbers, st.booleans(), st.lists(texts, max_size=2).map(tuple)),
)


def members(value: object) -> object:
    """Every field of a part of a plan, in the order in which they are declared."""
    assert is_dataclass(value)
    return {field.name: getattr(value, field.name) for field in fields(value)}


@given(plans)
def test_a_plan_is_written_with_all_its_fields(plan: RingPlan) -> None:
    assert plan_json(plan) == json.dumps(plan, default=members)


@given(st.dictionaries(words, texts | st.integers() | parties, max_size=4))
def test_the_detail_of_an_event_tells_parties_by_name(detail: dict[str, str | int | Party]) -> None:
    told = {
        name: {"kind": value.kind, "user": value.user, "display": value.display}
        if isinstance(value, Party)
        else value
        for name, value in detail.items()
    }
    assert detail_json(detail) == json.dumps(told)
