import pytest

from admin_api.errors import Clash, Rejected
from admin_api.idempotency import Answer, IdempotencyStore, Slot, check_key

ANSWER = Answer(201, b'{"id":1}', (("Location", "/api/v1/sites/1"),))


def begun(store: IdempotencyStore, key: str = "k", body: bytes = b"{}", now: float = 0.0) -> Slot:
    slot = store.begin("1:ann", "/sites", key, body, now)
    assert isinstance(slot, Slot)
    return slot


def test_a_repeated_request_gets_the_first_answer() -> None:
    store = IdempotencyStore()
    store.keep(begun(store), ANSWER, 0.0)

    assert store.begin("1:ann", "/sites", "k", b"{}", 1.0) == ANSWER


def test_another_body_under_the_same_key_clashes() -> None:
    store = IdempotencyStore()
    store.keep(begun(store), ANSWER, 0.0)

    with pytest.raises(Clash):
        store.begin("1:ann", "/sites", "k", b'{"a":1}', 1.0)


def test_a_request_that_still_runs_is_not_run_twice() -> None:
    store = IdempotencyStore()
    begun(store)

    with pytest.raises(Clash):
        store.begin("1:ann", "/sites", "k", b"{}", 1.0)


def test_a_failed_request_frees_its_key() -> None:
    store = IdempotencyStore()
    store.forget(begun(store))

    assert isinstance(store.begin("1:ann", "/sites", "k", b'{"b":2}', 1.0), Slot)


@pytest.mark.parametrize(("actor", "path"), [("2:bob", "/sites"), ("1:ann", "/buildings")])
def test_keys_of_others_and_of_other_paths_are_other_keys(actor: str, path: str) -> None:
    store = IdempotencyStore()
    store.keep(begun(store), ANSWER, 0.0)

    assert isinstance(store.begin(actor, path, "k", b"{}", 1.0), Slot)


def test_an_answer_is_forgotten_after_its_lifetime() -> None:
    store = IdempotencyStore(lifetime=10.0)
    store.keep(begun(store), ANSWER, 0.0)

    assert store.begin("1:ann", "/sites", "k", b"{}", 9.9) == ANSWER
    assert isinstance(store.begin("1:ann", "/sites", "k", b"{}", 10.0), Slot)


def test_a_long_request_does_not_keep_older_answers_from_leaving() -> None:
    store = IdempotencyStore(lifetime=10.0)
    begun(store, "long")
    store.keep(begun(store, "short"), ANSWER, 0.0)

    begun(store, "next", now=11.0)

    assert len(store) == 2


def test_the_table_never_grows_beyond_its_capacity() -> None:
    store = IdempotencyStore(capacity=3)
    for number in range(10):
        store.keep(begun(store, str(number)), ANSWER, 0.0)

    assert len(store) == 3
    assert store.begin("1:ann", "/sites", "9", b"{}", 0.0) == ANSWER


@pytest.mark.parametrize("key", ["a", "x" * 255, "7f3c-91"])
def test_a_key_of_visible_characters_is_usable(key: str) -> None:
    assert check_key(key) == key


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 256, "ä", "a\x7f"])
def test_any_other_key_is_refused_by_name(key: str) -> None:
    with pytest.raises(Rejected) as refused:
        check_key(key)

    assert refused.value.errors[0].field == "Idempotency-Key"
