"""Bindings as they would be."""

from collections.abc import Callable
from typing import Any

import pytest

from sipcore.kernel.flow import Flow
from sipcore.message.contact import Contact
from sipcore.registrar.binding import (
    Binding,
    BindingChanged,
    BindingFact,
    BindingRemoved,
    Changes,
)
from sipcore.registrar.outcome import OUT_OF_ORDER, TOO_MANY, Refused
from sipcore.registrar.staging import Staging
from sipcore.registrar.wish import Wish
from tests.support.registration import CALL_ID, FLOW, NOW, binding

OLD = binding("sip:1001@192.0.2.1", cseq=5)
OTHER = binding("sip:1001@192.0.2.2", cseq=5, updated_at=NOW - 10)


def staging(*existing: Binding, cseq: int = 6, call_id: bytes = CALL_ID) -> Staging:
    return Staging(existing, call_id, cseq, NOW)


def wish(uri: str, *, instance: str = "", reg_id: int = 0) -> Wish:
    contact = Contact.parse(f"<{uri}>")
    return Wish(contact, str(contact).encode(), 300, instance, reg_id)


def test_untouched_bindings_stay() -> None:
    assert staging(OLD, OTHER).changes() == Changes((OLD, OTHER))


def test_expired_bindings_leave_with_the_next_change() -> None:
    expired = binding(expires_at=NOW)

    assert staging(expired).changes() == Changes((), (BindingRemoved(expired, "expired"),))


def test_a_refreshed_binding_keeps_its_place() -> None:
    stage = staging(OLD, OTHER)
    new = binding(OLD.contact, cseq=6)
    stage.put(wish(OLD.contact), new)

    assert stage.changes() == Changes((new, OTHER), (BindingChanged(new),))


def test_contacts_are_compared_as_uris() -> None:
    # RFC 3261 §19.1.4: the host without case, and an escape of an unreserved character
    stage = staging(OLD)
    new = binding("sip:%31001@192.0.2.1", cseq=6)
    stage.put(wish(new.contact), new)

    facts = (BindingRemoved(OLD, "replaced"), BindingChanged(new))
    assert stage.changes() == Changes((new,), facts)


def test_another_port_is_another_contact() -> None:
    stage = staging(OLD)
    new = binding("sip:1001@192.0.2.1:5070", cseq=6)
    stage.put(wish(new.contact), new)

    assert stage.changes() == Changes((OLD, new), (BindingChanged(new),))


@pytest.mark.parametrize("cseq", [4, 5])
def test_an_old_cseq_of_the_same_call_id_is_refused(cseq: int) -> None:
    stage = staging(OLD, cseq=cseq)
    changes: tuple[Callable[[], None], ...] = (
        lambda: stage.put(wish(OLD.contact), binding(OLD.contact)),
        lambda: stage.remove(wish(OLD.contact)),
        stage.remove_all,
    )
    for change in changes:
        with pytest.raises(Refused) as refused:
            change()
        assert refused.value.answer is OUT_OF_ORDER


def test_another_call_id_may_change_a_binding_with_any_cseq() -> None:
    stage = staging(OLD, OTHER, cseq=1, call_id=b"another")
    stage.remove(wish(OLD.contact))

    assert stage.changes() == Changes((OTHER,), (BindingRemoved(OLD, "unregistered"),))


def test_removing_what_is_not_there_changes_nothing() -> None:
    stage = staging(OLD)
    stage.remove(wish("sip:1001@192.0.2.99"))

    assert stage.changes() == Changes((OLD,))


def test_everything_can_be_removed() -> None:
    stage = staging(OLD, OTHER)
    stage.remove_all()

    facts = (BindingRemoved(OLD, "unregistered"), BindingRemoved(OTHER, "unregistered"))
    assert stage.changes() == Changes((), facts)


def test_a_contact_named_twice_in_one_request_counts_once() -> None:
    stage = staging()
    first, second = binding(cseq=6), binding(cseq=6, q=0.5)
    stage.put(wish(first.contact), first)
    stage.put(wish(second.contact), second)

    assert stage.changes().after == (second,)


def test_a_new_contact_of_the_same_flow_replaces_the_former() -> None:
    # RFC 5626 §6: instance and reg-id are the binding, not the contact
    old = binding("sip:a@192.0.2.1:40000", instance="urn:x", reg_id=1)
    new = binding("sip:a@192.0.2.1:50000", instance="urn:x", reg_id=1)
    stage = staging(old, OTHER)
    stage.put(wish(new.contact, instance="urn:x", reg_id=1), new)

    facts = (BindingRemoved(old, "replaced"), BindingChanged(new))
    assert stage.changes() == Changes((new, OTHER), facts)


def test_a_second_flow_with_the_same_contact_is_a_second_binding() -> None:
    first = binding("sip:a@h", instance="urn:x", reg_id=1)
    second = binding("sip:a@h", instance="urn:x", reg_id=2)
    stage = staging(first)
    stage.put(wish("sip:a@h", instance="urn:x", reg_id=2), second)

    assert stage.changes() == Changes((first, second), (BindingChanged(second),))


def test_a_phone_that_learnt_outbound_takes_the_place_of_its_former_self() -> None:
    new = binding(OLD.contact, instance="urn:x", reg_id=1, cseq=6)
    stage = staging(OLD)
    stage.put(wish(OLD.contact, instance="urn:x", reg_id=1), new)

    facts = (BindingRemoved(OLD, "replaced"), BindingChanged(new))
    assert stage.changes() == Changes((new,), facts)


def test_a_phone_that_forgot_outbound_takes_the_place_of_all_its_flows() -> None:
    flows = [binding("sip:a@h", instance="urn:x", reg_id=number) for number in (1, 2)]
    stage = staging(*flows)
    new = binding("sip:a@h", cseq=6)
    stage.put(wish("sip:a@h"), new)

    removed = [BindingRemoved(flow, "replaced") for flow in flows]
    facts: tuple[BindingFact, ...] = (*removed, BindingChanged(new))
    assert stage.changes() == Changes((new,), facts)


def test_the_longest_unrefreshed_binding_makes_room() -> None:
    stage = staging(OLD, OTHER)
    new = binding("sip:1001@192.0.2.3", cseq=6)
    stage.put(wish(new.contact), new)
    stage.limit(2, refuse=False)

    facts = (BindingChanged(new), BindingRemoved(OTHER, "displaced"))
    assert stage.changes() == Changes((OLD, new), facts)


def test_nobody_makes_room_where_there_is_room() -> None:
    stage = staging(OLD, OTHER)
    stage.limit(2, refuse=False)

    assert stage.changes() == Changes((OLD, OTHER))


def test_a_full_account_refuses_where_the_policy_says_so() -> None:
    stage = staging(OLD, OTHER)
    stage.put(wish("sip:1001@192.0.2.3"), binding("sip:1001@192.0.2.3", cseq=6))

    with pytest.raises(Refused) as caught:
        stage.limit(2, refuse=True)
    assert caught.value.answer == TOO_MANY


TLS = Flow("TLS", 2, "192.0.2.10", 50000, 7)


@pytest.mark.parametrize(
    ("old", "flow", "is_replaced"),
    [
        ({}, TLS._replace(port=50001, connection=8), True),
        ({}, TLS, False),  # several contacts over one connection
        ({"instance": "urn:uuid:2"}, TLS._replace(connection=8), False),
        ({"instance": ""}, TLS._replace(connection=8), False),
        ({"reg_id": 1}, TLS._replace(connection=8), False),
        ({"path": ("<sip:edge;lr>",)}, TLS._replace(connection=8), False),
        ({}, Flow("TCP", 1, "192.0.2.10", 50001, 8), False),
        ({"flow": FLOW}, FLOW._replace(port=5063), False),
    ],
)
def test_a_reconnected_phone_leaves_nothing_on_its_old_stream(
    old: dict[str, object], flow: Flow, is_replaced: bool
) -> None:
    values: dict[str, object] = {"instance": "urn:uuid:1", "flow": TLS, "call_id": b"earlier"}
    before = binding("sip:1001@192.0.2.10:50000", **(values | old))
    new = binding("sip:1001@192.0.2.10:50001", instance="urn:uuid:1", flow=flow, cseq=6)
    stage = staging(before)

    stage.put(wish(new.contact, instance="urn:uuid:1"), new)

    left = (new,) if is_replaced else (before, new)
    removed = (BindingRemoved(before, "replaced"),) if is_replaced else ()
    assert stage.changes() == Changes(left, (*removed, BindingChanged(new)))


def test_phones_that_name_no_instance_do_not_take_each_others_place() -> None:
    before = binding("sip:1001@192.0.2.10:50000", flow=TLS, call_id=b"earlier")
    new = binding("sip:1001@192.0.2.10:50001", flow=TLS._replace(connection=8), cseq=6)
    stage = staging(before)

    stage.put(wish(new.contact), new)

    assert stage.changes() == Changes((before, new), (BindingChanged(new),))


@pytest.mark.parametrize("learnt", [{"reg_id": 1}, {"path": ("<sip:edge;lr>",)}])
def test_a_phone_that_comes_another_way_leaves_its_stream_alone(learnt: dict[str, Any]) -> None:
    before = binding("sip:1001@192.0.2.10:50000", instance="urn:uuid:1", flow=TLS)
    flow = TLS._replace(connection=8)
    new = binding("sip:1001@192.0.2.10:50001", instance="urn:uuid:1", flow=flow, cseq=6, **learnt)
    stage = staging(before)

    stage.put(wish(new.contact, instance="urn:uuid:1", reg_id=learnt.get("reg_id", 0)), new)

    assert stage.changes() == Changes((before, new), (BindingChanged(new),))
