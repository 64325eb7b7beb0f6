"""Calls as JSON: the same octets as from the standard library."""

import json

from hypothesis import given
from hypothesis import strategies as st

from sipcore.b2bua.plan import Party, RingPlan, RingStage, SkippedTarget, Target
from sipcore.b2bua.policy import RingPolicy
from sipcore.kernel.value import Value
from sipcore.storage.call_json import plan_json, word

texts = st.text(st.characters(), max_size=8)
numbers = st.none() | st.integers(-5, 2**40)
parties = st.builds(
    Party,
    *(texts, texts, texts),
    *(numbers, numbers, numbers, numbers),
    *(st.booleans(), st.booleans(), st.booleans()),
)
seconds = st.floats(0, 1e6) | st.integers(0, 99)
targets = st.builds(Target, parties, st.none() | texts, seconds, st.booleans(), st.booleans())
policies = st.builds(RingPolicy, texts, texts, st.none() | seconds, st.integers(0, 199), texts)
stages = st.builds(
    RingStage,
    texts,
    st.lists(targets, max_size=2).map(tuple),
    seconds,
    st.lists(st.builds(SkippedTarget, parties, texts, seconds), max_size=2).map(tuple),
)
plans = st.builds(
    RingPlan,
    *(texts, parties, texts, st.lists(stages, max_size=2).map(tuple), st.booleans(), texts),
    *(numbers, policies, st.lists(texts, max_size=2).map(tuple), st.integers(1, 9)),
)


def members(value: object) -> object:
    """Everything that a part of a plan holds."""
    assert isinstance(value, Value)
    return {name: getattr(value, name) for name in value.__slots__}


@given(plans)
def test_a_plan_is_written_with_all_its_fields(plan: RingPlan) -> None:
    written = plan_json(plan)
    held = json.loads(written)

    assert held == json.loads(json.dumps(plan, default=members))
    assert written == json.dumps(held)


@given(texts)
def test_a_word_is_written_as_json_however_often(text: str) -> None:
    assert (word(text), word(text)) == (json.dumps(text), json.dumps(text))
