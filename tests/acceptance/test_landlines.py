"""Telephones: what goes out, what comes in, and what never does (F034, G04)."""

from dataclasses import replace

import pytest

from directory.ringing import Ringing
from sipcore.b2bua.facts import CallEnded, CallRefused, CallStarted, LegStarted
from sipcore.b2bua.plan import Party, RingPlan
from sipcore.calls.incoming import IncomingCalls, Line, TrunkLines
from sipcore.calls.inquiry import Reach
from sipcore.calls.planner import Planner
from sipcore.calls.toll import TollGuard, TollLimits
from sipcore.endpoint.lines import Lines
from sipcore.endpoint.trunk import Trunk
from sipcore.kernel.flow import Flow
from sipcore.message.message import Request
from sipcore.registrar.outcome import Rejected
from sipcore.transport.locating import Candidate
from tests.support.dial_site import directory_of, residence
from tests.support.peers import ANSWER_SDP, ack, in_dialog_of_callee, invite, reply
from tests.support.planning import left_out, plan, planner, reach, refusal
from tests.support.wire import APP, DOOR, MONITOR, Wire, requests, responses

SITE = residence("indoor_then_phone")
MAILBOX, MOBILE = Flow("UDP", 0, "192.0.2.51", 5060), Flow("UDP", 0, "192.0.2.52", 5060)
PROVIDER = Flow("UDP", 0, "192.0.2.50", 5060)
TRUNK = Trunk("pstn", "provider.test", (Candidate("UDP", "s", 5060, ("192.0.2.50",)),))
OUTSIDE = ("+499001123456", "00499001123456", "09001123456", "+441632960001", "112", "+1*1001")
EVERY_KIND = ("d-gate", "d-1", "i1001", "a1001", "g-1", "i7")


def wired(*, at_once: int = 10) -> Wire:
    """The site on a wire, with a trunk that takes calls in for the guards and for flat 1001."""
    wire = Wire(contacts={"g-1": [MONITOR], "g-2": [], "i1001": [APP], "a1001": []})
    wire.contacts.trunk = (PROVIDER,)
    wire.planner.plan = planner(SITE).plan  # type: ignore[method-assign]
    lines = TrunkLines(
        at_once, {"49301": Line("Riverside", "guard"), "49302": Line("Riverside", "1*1001")}
    )
    incoming = IncomingCalls({"pstn": lines}, directory_of(SITE), reach({"g-1", "i1001"}))
    wire.endpoint.admission._lines = Lines({"pstn": TRUNK}, {"pstn": ()}, incoming)
    return wire


@pytest.mark.feature("F034")
@pytest.mark.parametrize("user", EVERY_KIND)
@pytest.mark.parametrize("dialled", OUTSIDE)
def test_no_device_dials_out_by_number(user: str, dialled: str) -> None:
    """Only the chain of an apartment or person uses a trunk: no rule knows an outside number."""
    assert refusal(plan(SITE, user, dialled)) == (404, "unknown_number")


@pytest.mark.parametrize("uri", ["sip:+499001123456@provider.test", "sip:+4990@192.0.2.50"])
def test_no_device_dials_out_by_naming_the_provider(uri: str) -> None:
    """A Request-URI with another domain is refused before anybody is asked who calls."""
    wire = wired()
    data = invite(APP, user="i1001").replace(
        b"sip:1001@doorline.test SIP", uri.encode() + b" SIP", 1
    )

    sent = wire.receive(data, APP)

    assert [answer.status for answer in responses(sent)] == [404]
    assert requests(sent, b"INVITE") == []


@pytest.mark.parametrize(
    "to",
    [
        "<sip:+499001123456@doorline.test>",
        "<sip:+499001123456@provider.test>",
        "<tel:+499001123456>",
    ],
)
def test_no_device_dials_out_by_passing_a_call_on(to: str) -> None:
    wire = wired()
    (leg,) = requests(wire.receive(invite(DOOR, "1*1001", user="d-1"), DOOR), b"INVITE")
    wire.receive(reply(leg, 200, flow=APP, body=ANSWER_SDP), APP)

    sent = wire.receive(
        in_dialog_of_callee(
            "REFER", leg, APP, cseq=1, branch="z9hG4bKrefer", extra=(f"Refer-To: {to}",)
        ),
        APP,
    )

    assert requests(sent, b"INVITE") == []
    assert [answer.status for answer in responses(sent) if answer.status < 400] == []


@pytest.mark.feature("F034")
def test_a_stolen_account_rings_stored_numbers_alone_and_no_more_of_them_than_the_site_may() -> (
    None
):
    """Limits of the site: what is over them is left out of the plan, with the reason."""
    site = residence("phone_and_indoor")
    tolls = TollGuard(lambda _site: TollLimits(at_once=3), directory_of(site), lambda: 1.8e9)
    real = Planner(
        directory_of(site), Reach(lambda _user: True, lambda _site: "pstn", None, tolls.refusal)
    )

    def ring(call: str) -> tuple[list[str], list[str]]:
        answer = real.simulate(1, "1001", building="1", caller="d-1")
        assert isinstance(answer, RingPlan)
        phones = [t.party for stage in answer.stages for t in stage.targets if t.trunk]
        for number, party in enumerate(phones, 1):
            tolls.by_kind[LegStarted](LegStarted(call, 1.8e9, 0, number, party, "sip:x"))
        return [party.user for party in phones], [skipped[2] for skipped in left_out(answer)]

    assert ring("a") == (["+441632960001", "+441632960002"], [])
    assert ring("b") == (["+441632960001"], ["landline_limit"])
    assert ring("c") == ([], ["landline_limit", "landline_limit"])
    tolls.by_kind[CallEnded](CallEnded("a", 1.8e9, "missed", "caller", "", 487))
    assert ring("d") == (["+441632960001", "+441632960002"], [])


@pytest.mark.feature("G04")
def test_a_mailbox_swallows_no_visit_and_a_resident_opens_after_the_key() -> None:
    """Telephones of a site that has them confirm: G04 from the plan to the door code."""
    site = replace(residence("phone_and_indoor"), ringing=Ringing(confirms=True, key="5"))
    wire = Wire(contacts={"i1001": [APP], "+441632960001": [MAILBOX], "+441632960002": [MOBILE]})
    wire.planner.plan = planner(site, {"i1001"}).plan  # type: ignore[method-assign]
    sent = wire.receive(invite(DOOR, "1001", user="d-1"), DOOR)
    mailbox, mobile = (leg for leg in requests(sent, b"INVITE") if b"+44" in leg.uri)
    indoor = next(leg for leg in requests(sent, b"INVITE") if b"i1001" in leg.uri)
    wire.receive(reply(indoor, 180, flow=APP), APP)

    heard = wire.receive(reply(mailbox, 200, flow=MAILBOX, body=ANSWER_SDP), MAILBOX)
    heard += wire.advance(15.0)
    heard += wire.receive(reply(mobile, 200, flow=MOBILE, body=ANSWER_SDP), MOBILE)
    assert [m.status for m in responses(heard)] == []
    assert [m.method for m in requests(heard, b"CANCEL") + requests(heard, b"BYE")] == []

    taken = wire.receive(pressed(mobile, b"5", 1), MOBILE)
    (answer,) = responses(taken, lambda response: response.cseq.method == b"INVITE")
    assert (answer.status, answer.body) == (200, ANSWER_SDP)
    assert [flow for m, flow in taken if m in requests(taken, b"BYE")] == [MAILBOX]
    assert [flow for m, flow in taken if m in requests(taken, b"CANCEL")] == [APP]

    wire.receive(ack(answer, DOOR), DOOR)
    code = wire.receive(pressed(mobile, b"#", 2), MOBILE)
    assert [flow for m, flow in code if m in requests(code, b"INFO")] == [DOOR]


def pressed(leg: Request, key: bytes, cseq: int) -> bytes:
    """A key at the mobile phone."""
    kind, branch = "application/dtmf-relay", f"z9hG4bKkey{cseq}"
    return in_dialog_of_callee(
        "INFO", leg, MOBILE, cseq=cseq, branch=branch, body=key, content_type=kind
    )


@pytest.mark.feature("F034")
def test_a_call_from_the_trunk_rings_the_guard_and_shows_the_providers_word_for_who_calls() -> None:
    wire = wired()
    data = invite(
        PROVIDER, "+49301", user="+4477", extra=('P-Asserted-Identity: "Ann" <sip:+44123@x>',)
    )

    sent = wire.receive(data, PROVIDER)

    (leg,) = requests(sent, b"INVITE")
    assert [flow for message, flow in sent if message is leg] == [MONITOR]
    assert (leg.from_.display, leg.from_.uri.user) == ("Ann", "+44123")
    (begun,) = [fact for fact in wire.journal.facts if isinstance(fact, CallStarted)]
    assert begun.plan.caller == Party(
        "landline", "+44123", "Ann", site_id=1, is_account=False, takes_text=False
    )


def test_a_caller_that_hides_from_the_called_is_hidden_from_them() -> None:
    wire = wired()
    extra = ("P-Asserted-Identity: <sip:+44123@x>", "Privacy: id")

    (leg,) = requests(
        wire.receive(invite(PROVIDER, "+49301", user="+4477", extra=extra), PROVIDER), b"INVITE"
    )

    assert leg.from_.uri.host == "anonymous.invalid"
    assert b"44123" not in leg.raw


def test_a_call_from_the_trunk_never_leaves_through_a_trunk_again() -> None:
    """No toll bypass: the flat's monitor rings, its telephones never do."""
    wire = wired()
    sent = wire.receive(invite(PROVIDER, "+49302", user="+4477"), PROVIDER) + wire.advance(120.0)

    assert {flow for m, flow in sent if m in requests(sent, b"INVITE")} == {APP}


def test_nobody_becomes_a_trunk_by_what_a_message_says() -> None:
    """The same INVITE from elsewhere is asked for credentials."""
    wire = wired()
    wire.gate.outcome = Rejected(403)
    stranger = PROVIDER._replace(host="192.0.2.66")

    sent = wire.receive(invite(PROVIDER, "+49301", user="+4477"), stranger)

    assert [answer.status for answer in responses(sent)] == [403]
    assert requests(sent, b"INVITE") == []


@pytest.mark.parametrize(
    ("dialled", "at_once", "status", "reason"),
    [("+49309", 10, 404, "unknown_line"), ("+49301", 0, 486, "line_busy")],
)
def test_what_the_settings_do_not_let_in_is_refused_with_a_reason(
    dialled: str, at_once: int, status: int, reason: str
) -> None:
    wire = wired(at_once=at_once)

    sent = wire.receive(invite(PROVIDER, dialled, user="+4477"), PROVIDER)

    assert [answer.status for answer in responses(sent) if answer.status > 100] == [status]
    (refused,) = [fact for fact in wire.journal.facts if isinstance(fact, CallRefused)]
    assert (refused.reason, refused.caller.kind) == (reason, "landline")


def test_a_provider_is_not_banned_for_wrong_numbers() -> None:
    wire = wired()
    for attempt in range(100):
        data = invite(
            PROVIDER, "+49309", user="+4477", branch=f"z9hG4bK{attempt}", call_id=f"c{attempt}"
        )
        wire.receive(data, PROVIDER)
        wire.advance(0.1)

    data = invite(PROVIDER, "+49301", user="+4477", branch="z9hG4bKlast", call_id="last")
    assert len(requests(wire.receive(data, PROVIDER), b"INVITE")) == 1
