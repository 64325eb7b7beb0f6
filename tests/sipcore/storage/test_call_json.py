"""Calls as JSON: the same octets as from the standard library."""

import json
from dataclasses import fields, is_dataclass

from hypothesis import given
from hypothesis import strategies as st

from sipcore.b2bua.plan import Party, RingPlan, RingStage, SkippedTarget, Target
from sipcore.storage.call_json import plan_json, word

texts = st.text(st.characters(), max_size=8)
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


@given(texts)
def test_a_word_is_written_as_json_however_often(text: str) -> None:
    assert (word(text), word(text)) == (json.dumps(text), json.dumps(text))
