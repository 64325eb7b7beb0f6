from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.kinds import CallType
from directory.queries.dial import DialSite
from directory.ringing import Ringing
from sipcore.b2bua.plan import CallRequest, Party, Refusal, RingPlan
from sipcore.b2bua.policy import LEG, STAGE, VISIT, RingPolicy
from sipcore.calls.planner import MAX_DIALLED, any_door, find_caller
from tests.support.dial_site import account, apartment, foreign_site, person, residence, site_with
from tests.support.planning import left_out, plan, planner, refusal, ringing
from tests.support.values import changed

NOW = 1_800_000_000.0
SITE = residence("indoor_then_app", emergency_number="112")


def test_the_first_call_type_that_knows_the_number_answers() -> None:
    numbers = ("112", "0", "**1001", "1001", "i1001", "EMP-7")
    answers = [plan(SITE, "d-1", number) for number in numbers]

    assert [answer.call_type for answer in answers if isinstance(answer, RingPlan)] == [
        "emergency",
        "guard",
        "owner_group",
        "indoor_then_app",
        "direct",
        "app_and_indoor",
    ]


def test_a_door_is_monitored_by_its_account_number() -> None:
    answer = plan(SITE, "i1001", "d-2")

    assert isinstance(answer, RingPlan)
    assert answer.call_type == "monitor"


def test_an_apartment_goes_before_an_account_of_the_same_number() -> None:
    namesake = replace(account("i1001", apartment_id=102), user="1001")
    site = site_with((apartment(101, 10, "1001"), apartment(102, 10, "5", indoor=(namesake,))))
    answer = plan(site, "d-1", "1001")

    assert isinstance(answer, RingPlan)
    assert answer.apartment_id == 101


@pytest.mark.parametrize("dialled", ["4711", "8001", "80*8001", "9999999999", "EMP-8", "999"])
def test_numbers_of_another_site_are_as_unknown_as_numbers_that_do_not_exist(dialled: str) -> None:
    unknown = plan(SITE, "d-1", "no such thing")

    assert isinstance(unknown, Refusal)
    assert plan(SITE, "d-1", dialled) == changed(unknown, dialled=dialled)
    assert refusal(unknown) == (404, "unknown_number")


def test_a_guard_phone_of_another_site_is_unknown_too() -> None:
    assert refusal(plan(SITE, "d-1", "g-foreign")) == (404, "unknown_number")


def test_blanks_around_the_number_do_not_matter() -> None:
    answer = plan(SITE, "d-1", " 1001 \r\n")

    assert isinstance(answer, RingPlan)
    assert (answer.dialled, answer.apartment_id) == ("1001", 101)


@pytest.mark.parametrize("dialled", ["", "   "])
def test_dialling_nothing_is_an_unknown_number(dialled: str) -> None:
    assert refusal(plan(SITE, "d-1", dialled)) == (404, "unknown_number")


def test_an_endless_number_is_cut_before_it_is_recorded() -> None:
    answer = plan(SITE, "d-1", "9" * 5000)

    assert (answer.dialled, refusal(answer)) == ("9" * MAX_DIALLED, (404, "unknown_number"))


def test_a_caller_without_an_account_is_refused() -> None:
    assert plan(SITE, "ghost", "1001") == Refusal(
        403, "unknown_caller", Party("unknown", "ghost", is_account=False), "1001"
    )


def test_a_disabled_caller_is_refused() -> None:
    site = replace(
        SITE, accounts={**SITE.accounts, "d-1": replace(SITE.accounts["d-1"], enabled=False)}
    )
    answer = plan(site, "d-1", "1001")

    assert isinstance(answer, Refusal)
    assert (refusal(answer), answer.is_visit) == ((403, "caller_disabled"), True)


def test_the_callers_own_account_is_never_rung() -> None:
    answer = plan(SITE, "i1001", "1001")

    assert (ringing(answer), left_out(answer)) == (
        [("indoor", []), ("app", ["a1001"])],
        [("indoor", "i1001", "is_caller")],
    )


def test_a_simulation_is_what_the_call_would_be() -> None:
    asked = planner(SITE, online={"i1001"})

    assert asked.simulate(1, "1001", caller="d-1") == asked.plan(
        CallRequest("d-1", "1001", at=1_800_000_000.0)
    )


def test_a_simulation_may_take_everybody_for_registered() -> None:
    asked = planner(SITE, online=())

    assert (
        ringing(asked.simulate(1, "1001", caller="d-1")),
        ringing(asked.simulate(1, "1001", caller="d-1", assume_reachable=True)),
    ) == (
        [("indoor", []), ("guard", []), ("app", [])],
        [("indoor", ["i1001"]), ("guard", ["g-1", "g-2"]), ("app", ["a1001"])],
    )


def test_a_simulation_names_the_building_as_a_gate_does() -> None:
    answer = planner(SITE).simulate(1, " 1001 ", building=" Tower B ")

    assert isinstance(answer, RingPlan)
    assert (answer.dialled, answer.apartment_id, answer.caller, answer.is_visit) == (
        "Tower B*1001",
        201,
        Party("door", "", "any door phone", site_id=1, may_hide=False, takes_text=False),
        True,
    )


def test_a_simulation_without_building_or_caller_may_be_ambiguous() -> None:
    assert refusal(planner(SITE).simulate(1, "1001")) == (484, "ambiguous_number")


def test_a_simulation_of_an_unknown_site_or_caller_is_refused() -> None:
    asked = planner(SITE)

    assert [
        refusal(asked.simulate(77, "1001")),
        refusal(asked.simulate(1, "1001", caller="9999999999")),
        refusal(asked.simulate(1, "1001", caller="")),
    ] == [(404, "unknown_site"), (403, "unknown_caller"), (403, "unknown_caller")]


def test_a_simulation_of_a_disabled_caller_is_refused() -> None:
    site = replace(
        SITE, accounts={**SITE.accounts, "d-1": replace(SITE.accounts["d-1"], enabled=False)}
    )

    assert refusal(planner(site).simulate(1, "1001", caller="d-1")) == (403, "caller_disabled")


def test_a_caller_is_found_by_user_device_or_name() -> None:
    door = SITE.accounts["d-1"]

    assert [
        find_caller(SITE, text)
        for text in ("d-1", str(door.device_id), "D-1", " d-1 ", "None", "nobody", "")
    ] == [door, door, door, door, None, None, None]


def test_a_name_that_two_devices_bear_finds_neither() -> None:
    twins = tuple(account(user, display="Door") for user in ("d-1", "d-2"))

    assert find_caller(site_with((), doors=twins), "door") is None


def test_any_door_stands_at_the_gate() -> None:
    door = any_door(SITE)

    assert (door.kind, door.building_id, door.apartment_id) == ("door", None, None)


# --- properties ---------------------------------------------------------------------------------

NUMBERS = ("1001", "1002", "2002", "0", "112", "EMP-7")
USERS = tuple(sorted(SITE.accounts))
DIALLED = st.one_of(
    st.text(),
    st.sampled_from((*NUMBERS, *USERS, "guard", "8001", "9999999999", "EMP-8", "g-foreign")),
    st.builds(
        "{}{}{}".format,
        st.sampled_from(("", "1", "Tower B", "80", "**", "**1", "*")),
        st.sampled_from(("*", "#", "")),
        st.sampled_from(NUMBERS),
    ),
)
CALL_TYPES = st.sampled_from((*(str(name) for name in CallType), "unheard_of"))


@st.composite
def sites(draw: st.DrawFn) -> DialSite:
    """Sites with every switch in every position and parties that may be missing."""
    several = st.lists(
        st.sampled_from(("+441632960001", "+441632960002", "+441632960007")), max_size=4
    )
    owners = [
        apartment(
            key,
            building,
            number,
            draw(st.sets(st.sampled_from((f"i{key}", f"a{key}", f"i{key}b")))),
            call_type=draw(CALL_TYPES),
            app_enabled=draw(st.booleans()),
            active=draw(st.booleans()),
            landlines=tuple(draw(several)),
            stage_timeout=draw(st.sampled_from((None, 5.0, 90.0))),
        )
        for key, building, number in (
            (101, 10, "1001"),
            (102, 10, "1002"),
            (201, 20, "1001"),
            (202, 20, draw(st.sampled_from(("2002", "0", "112")))),
        )
    ]
    owners.append(replace(person(), call_type=draw(CALL_TYPES), landlines=tuple(draw(several))))
    return site_with(
        owners,
        guards=tuple(account(user) for user in draw(st.sets(st.sampled_from(("g-1", "g-2"))))),
        landline_enabled=draw(st.booleans()),
        guard_stage=draw(st.sampled_from((None, "with_indoor", "after_indoor", "never", "?"))),
        emergency_number=draw(st.sampled_from(("", "112", "0"))),
        allow_apartment_to_apartment=draw(st.booleans()),
    )


@st.composite
def calls(draw: st.DrawFn) -> tuple[DialSite, RingPlan | Refusal]:
    """A call in a random site, from a random account of it, with anything dialled."""
    site = draw(sites())
    caller = draw(st.sampled_from(sorted(site.accounts)))
    online = draw(st.sets(st.sampled_from(sorted(site.accounts))))
    trunk = draw(st.sampled_from((None, "pstn")))
    return site, plan(site, caller, draw(DIALLED), online, trunk)


@given(calls())
def test_every_target_belongs_to_the_callers_site(call: tuple[DialSite, object]) -> None:
    site, answer = call
    parties = _parties(answer)

    assert {party.site_id for party in parties} <= {1}
    assert {party.user for party in parties if party.kind != "landline" and party.user} <= set(
        site.accounts
    )


@given(calls())
def test_no_target_is_in_a_plan_twice(call: tuple[DialSite, object]) -> None:
    targets = _targets(call[1])

    assert len(targets) == len(set(targets))


@given(calls())
def test_the_caller_is_never_a_target(call: tuple[DialSite, RingPlan | Refusal]) -> None:
    answer = call[1]

    assert [user for _kind, user in _targets(answer) if user == answer.caller.user] == []


@given(calls())
def test_no_telephone_rings_unless_the_service_is_on(call: tuple[DialSite, object]) -> None:
    site, answer = call

    if not site.landline_enabled:
        assert [user for kind, user in _targets(answer) if kind == "landline"] == []


@given(calls())
def test_every_stage_has_a_time_and_says_who_is_out(call: tuple[DialSite, object]) -> None:
    answer = call[1]

    if isinstance(answer, RingPlan):
        assert answer.stages != ()
        assert [stage for stage in answer.stages if stage.timeout <= 0] == []
        assert [stage for stage in answer.stages if not stage.targets and not stage.skipped] == []


@given(st.text(), st.text(), st.none() | st.text(), st.none() | st.text())
def test_a_simulation_answers_whatever_it_is_asked(
    dialled: str, caller: str, building: str | None, device: str | None
) -> None:
    asked = planner(SITE)
    answers = (
        asked.plan(CallRequest(caller, dialled, at=0.0)),
        asked.simulate(1, dialled, building=building, caller=device),
    )

    assert {type(answer) for answer in answers} <= {RingPlan, Refusal}


@given(st.sampled_from(sorted(foreign_site().accounts)), DIALLED)
def test_no_number_of_one_site_leads_from_another_one_into_it(caller: str, dialled: str) -> None:
    answer = plan(SITE, caller, dialled)

    assert {party.site_id for party in _parties(answer)} <= {2}


def _parties(answer: object) -> list[Party]:
    if not isinstance(answer, RingPlan):
        return []
    rung = [target.party for stage in answer.stages for target in stage.targets]
    return rung + [skipped.party for stage in answer.stages for skipped in stage.skipped]


def _targets(answer: object) -> list[tuple[str, str]]:
    if not isinstance(answer, RingPlan):
        return []
    return [
        (target.party.kind, target.party.user)
        for stage in answer.stages
        for target in stage.targets
    ]


def test_a_phone_is_picked_up_by_its_own_household_and_by_guards() -> None:
    on = planner(SITE)
    monitor = Party("indoor", "i1001")

    allowed = {
        user: on.may_pick_up(user, monitor, NOW) for user in ("i1001", "a1001", "g-1", "d-1")
    }

    assert {user for user, party in allowed.items() if party is not None} == {
        "i1001",
        "a1001",
        "g-1",
    }


@pytest.mark.parametrize("user", ["a1001", "g-1"])
def test_an_account_picks_nothing_up_from_the_moment_it_expires(user: str) -> None:
    accounts = {**SITE.accounts, user: replace(SITE.accounts[user], expires_at=NOW)}
    on = planner(replace(SITE, accounts=accounts))
    monitor = Party("indoor", "i1001")

    assert on.may_pick_up(user, monitor, NOW - 1) is not None
    assert [on.may_pick_up(user, monitor, at) for at in (NOW, NOW + 1)] == [None, None]


def test_phones_of_an_apartment_that_is_blocked_or_has_expired_pick_nothing_up() -> None:
    monitor = Party("indoor", "i1001")
    picked = []
    cases: tuple[dict[str, Any], ...] = (
        {},
        {"blocked": True},
        {"expires_at": NOW},
        {"expires_at": NOW + 1},
    )
    for values in cases:
        flat = replace(SITE.owners["apartment:101"], **values)
        on = planner(replace(SITE, owners={**SITE.owners, flat.key: flat}))
        picked.append(on.may_pick_up("a1001", monitor, NOW) is not None)
        assert on.may_pick_up("g-1", monitor, NOW) is not None

    assert picked == [True, False, False, True]


def test_nobody_else_picks_a_phone_up() -> None:
    on = planner(SITE)
    monitor = Party("indoor", "i1001")

    assert on.may_pick_up("g-foreign", monitor, NOW) is None
    assert on.may_pick_up("nobody", monitor, NOW) is None
    assert on.may_pick_up("g-1", Party("landline", "+4930123"), NOW) is None
    assert on.may_pick_up("g-1", Party("door", "d-1"), NOW) is None


def test_the_plan_says_whether_one_phone_decides_for_all() -> None:
    site = replace(SITE, ringing=Ringing(declined="visit", global_failure="stage"))
    answer, usual = plan(site, "d-1", "1001"), plan(SITE, "d-1", "1001")

    assert isinstance(answer, RingPlan)
    assert isinstance(usual, RingPlan)
    assert (answer.policy.declined, answer.policy.global_failure) == (VISIT, STAGE)
    assert usual.policy == RingPolicy(LEG, LEG, None, 180)
