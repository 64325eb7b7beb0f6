"""RFC 3680, the registration event package, section by section, on a wire with a real location."""

import pytest

from sipcore.kernel.flow import Flow
from sipcore.registrar.binding import Binding, BindingChanged, BindingRemoved, Changes
from tests.support.peers import reply
from tests.support.watchers import GUARD, REG, Watcher, body_of, contacts_in, state_of, subscribe
from tests.support.wire import MONITOR, Wire, requests

HOME = "sip:monitor@192.0.2.11:5060"
AWAY = 'sip:monitor@198.51.100.7:5060;x=<&">'


def binding(on: Wire, contact: str = HOME, *, cseq: int = 1, expires: float = 300.0) -> Binding:
    """The monitor's registration, made or refreshed now."""
    utc = on.clock.utc()
    return Binding(
        user="monitor",
        contact=contact,
        call_id=b"reg@monitor",
        cseq=cseq,
        expires_at=utc + expires,
        q=1.0,
        path=(),
        flow=MONITOR,
        user_agent="",
        instance="",
        reg_id=0,
        params="",
        updated_at=utc,
        raw=b"",
        asked=-1,
    )


def register(on: Wire, *bindings: Binding) -> None:
    """The monitor registers these contacts and keeps what it has besides."""
    kept = {one.key: one for one in (*on.location.bindings("monitor"), *bindings)}
    facts = tuple(BindingChanged(one) for one in bindings)
    on.location.apply("monitor", Changes(tuple(kept.values()), facts))


def unregister(on: Wire, contact: str = HOME, reason: str = "unregistered") -> None:
    """The monitor takes one contact back."""
    before = on.location.bindings("monitor")
    gone = tuple(one for one in before if one.contact == contact)
    after = tuple(one for one in before if one.contact != contact)
    on.location.apply("monitor", Changes(after, tuple(BindingRemoved(one, reason) for one in gone)))


def watched() -> tuple[Wire, Watcher]:
    """A guard phone that watches a monitor nobody has registered yet."""
    on = Wire()
    return on, Watcher.of(on, event="reg")


def registration(notify_body: bytes | object) -> dict[str, str]:
    """Attributes of the one registration element."""
    (found,) = list(body_of(notify_body).iter(f"{REG}registration"))  # type: ignore[arg-type]
    return dict(found.attrib)


def test_the_package_has_its_name_its_type_and_its_duration() -> None:
    """§4.1, §4.4, §4.5."""
    on = Wire()
    watcher = Watcher.of(on, event="reg", expires=None)

    (notify,) = watcher.notifies
    assert watcher.accepted.expires == 3761
    assert notify.content_type == b"application/reginfo+xml"
    assert notify.first(b"event") == b"reg"


def test_an_account_without_contacts_is_in_the_state_init() -> None:
    """§4.7.1: a user agent can learn that there are no contacts."""
    _, watcher = watched()

    body = body_of(watcher.notifies[0])
    assert (body.tag, body.get("version"), body.get("state")) == (f"{REG}reginfo", "0", "full")
    about = registration(watcher.notifies[0])
    assert (about["aor"], about["state"]) == ("sip:monitor@doorline.test", "init")
    assert contacts_in(watcher.notifies[0]) == []


def test_the_first_document_lists_every_contact() -> None:
    """§5.2: full state."""
    on = Wire()
    register(on, binding(on), binding(on, AWAY))

    watcher = Watcher.of(on, event="reg")

    assert registration(watcher.notifies[0])["state"] == "active"
    assert contacts_in(watcher.notifies[0]) == [
        (HOME, "active", "registered"),
        (AWAY, "active", "registered"),
    ]


def test_a_registration_is_told_as_registered_and_a_refresh_as_refreshed() -> None:
    """§4.7.1, figure 2."""
    on, watcher = watched()

    register(on, binding(on))
    (first,) = watcher.take(on.advance(0.1))
    register(on, binding(on, cseq=2))
    (second,) = watcher.take(on.advance(1.1))

    assert contacts_in(first) == [(HOME, "active", "registered")]
    assert contacts_in(second) == [(HOME, "active", "refreshed")]
    assert [body_of(n).get("state") for n in (first, second)] == ["partial", "partial"]
    assert [body_of(n).get("version") for n in watcher.notifies] == ["0", "1", "2"]


@pytest.mark.parametrize(
    ("reason", "event"),
    [
        ("unregistered", "unregistered"),
        ("expired", "expired"),
        ("flow_lost", "deactivated"),
        ("displaced", "deactivated"),
        ("removed", "rejected"),
    ],
)
def test_the_end_of_a_contact_says_why(reason: str, event: str) -> None:
    """§4.7.1, figure 2; the registration is terminated with its last contact (figure 1)."""
    on, watcher = watched()
    register(on, binding(on))
    watcher.take(on.advance(0.1))

    unregister(on, reason=reason)
    (notify,) = watcher.take(on.advance(1.1))

    assert contacts_in(notify) == [(HOME, "terminated", event)]
    assert registration(notify)["state"] == "terminated"


def test_the_location_itself_tells_of_expiry() -> None:
    """§4.7.1: expired."""
    on, watcher = watched()
    register(on, binding(on, expires=30.0))
    watcher.take(on.advance(0.1))
    on.advance(31.0)

    on.location.expire(on.clock.utc())
    (notify,) = watcher.take(on.advance(0.1))

    assert contacts_in(notify) == [(HOME, "terminated", "expired")]


def test_a_registration_with_a_contact_left_stays_active() -> None:
    """§4.7.1: as long as there is at least one contact; §4.7.2: only what changed is told."""
    on, watcher = watched()
    register(on, binding(on), binding(on, AWAY))
    watcher.take(on.advance(0.1))

    unregister(on, AWAY)
    (notify,) = watcher.take(on.advance(1.1))

    assert registration(notify)["state"] == "active"
    assert contacts_in(notify) == [(AWAY, "terminated", "unregistered")]


def test_ids_stay_what_they_are_and_differ() -> None:
    """§5.1: one id for one contact and one registration across all notifications."""
    on, watcher = watched()
    register(on, binding(on), binding(on, AWAY))
    (first,) = watcher.take(on.advance(0.1))
    unregister(on, AWAY)
    (second,) = watcher.take(on.advance(1.1))

    ids = [contact.get("id") for contact in body_of(first).iter(f"{REG}contact")]
    (gone,) = [contact.get("id") for contact in body_of(second).iter(f"{REG}contact")]
    assert (len(set(ids)), gone) == (2, ids[1])
    assert registration(first)["id"] == registration(second)["id"]


def test_a_contact_tells_the_rest_of_its_time_and_the_request_that_made_it() -> None:
    """§5.1: expires, duration-registered, callid, cseq."""
    on, watcher = watched()
    register(on, binding(on, expires=300.0))
    watcher.take(on.advance(0.1))
    on.advance(50.0)

    watcher.take(watcher.again())

    (contact,) = body_of(watcher.notifies[-1]).iter(f"{REG}contact")
    about = dict(contact.attrib)
    assert (about["callid"], about["cseq"]) == ("reg@monitor", "1")
    assert int(about["expires"]) in (249, 250)
    assert int(about["duration-registered"]) in (50, 51)


def test_notifications_come_every_five_seconds_in_the_long_run() -> None:
    """§4.10: RECOMMENDED not faster than once every 5 seconds; two in a row after a silence."""
    on, watcher = watched()
    told = []
    for number in range(40):
        register(on, binding(on, cseq=number + 1))
        told += watcher.take(on.advance(0.5))

    assert len(told) <= 6
    last = contacts_in(told[-1])
    assert last == [(HOME, "active", "refreshed")]


def test_a_fetch_tells_everything_and_keeps_nothing() -> None:
    """§4.7.2: a fetch SHOULD result in the full state."""
    on = Wire()
    register(on, binding(on))

    watcher = Watcher.of(on, event="reg", expires=0)
    on.advance(40.0)

    assert state_of(watcher.notifies[0]) == "terminated;reason=timeout"
    assert contacts_in(watcher.notifies[0]) == [(HOME, "active", "registered")]
    assert on.remains == {}


def test_what_changes_before_the_answer_is_told_after_it() -> None:
    """§5.2: versions without a gap."""
    on = Wire()
    (first,) = requests(on.receive(subscribe(event="reg"), GUARD), b"NOTIFY")
    register(on, binding(on))
    register(on, binding(on, cseq=2))
    on.receive(reply(first, 200, flow=GUARD), GUARD)

    (second,) = requests(on.advance(0.1), b"NOTIFY")

    assert [body_of(n).get("version") for n in (first, second)] == ["0", "1"]
    assert contacts_in(second) == [(HOME, "active", "refreshed")]


def test_a_phone_that_nobody_watches_costs_nothing() -> None:
    """The location's facts are ignored as soon as the last subscription is gone."""
    on, watcher = watched()
    watcher.take(watcher.again(expires=0))

    register(on, binding(on))
    on.advance(40.0)

    assert on.remains == {}


def test_a_watcher_of_one_account_hears_nothing_of_another() -> None:
    """§3: the Request-URI says whose registrations are meant."""
    on = Wire()
    watcher = Watcher.of(on, event="reg", target="app")

    register(on, binding(on))

    assert watcher.take(on.advance(6.0)) == []


def test_two_packages_of_one_account_do_not_mix() -> None:
    """RFC 6665 §8.2.1."""
    on = Wire()
    of_calls = Watcher.of(on, event="dialog", call_id="calls")
    of_contacts = Watcher.of(on, event="reg", call_id="contacts")

    register(on, binding(on))
    sent = on.advance(0.1)

    assert (len(of_contacts.take(sent)), of_calls.take(sent)) == (1, [])


def test_an_unbelievable_flow_is_no_part_of_the_document() -> None:
    """Only what the phone registered is told, not where it really is."""
    on = Wire()
    away = binding(on, AWAY)
    away.flow = Flow("UDP", 0, "203.0.113.77", 40000)
    register(on, away)

    watcher = Watcher.of(on, event="reg")

    assert b"203.0.113.77" not in watcher.notifies[0].body
