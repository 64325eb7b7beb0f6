import pytest

from sipcore.calls.moment import EXPECTED
from tests.admin_api.api import Api
from tests.admin_api.records import registration_row


def path(api: Api, query: str) -> str:
    return f"/sites/{api.home.site}/call-plan?{query}"


async def test_a_plan_shows_everybody_in_or_out_and_why(api: Api) -> None:
    api.live.rows = [registration_row(api.home.monitor_user)]
    answer = await api.ask("GET", path(api, "apartment=1001"), by="property_manager")

    plan = answer.json
    assert (plan["call_type"], plan["callee"], plan["is_visit"], plan["refusal"]) == (
        "app_and_indoor",
        "1001",
        True,
        None,
    )
    (stage,) = plan["stages"]
    assert [(target["kind"], target["display"]) for target in stage["targets"]] == [
        ("indoor", "Hall")
    ]
    assert [(skip["kind"], skip["reason"], skip["explanation"]) for skip in stage["skipped"]] == [
        ("app", "not_registered", "not registered"),
        ("guard", "not_registered", "not registered"),
    ]


async def test_a_plan_may_assume_that_everybody_is_there(api: Api) -> None:
    answer = await api.ask("GET", path(api, "apartment=1001&assume_reachable=true"))

    (stage,) = answer.json["stages"]
    assert [target["kind"] for target in stage["targets"]] == ["app", "indoor", "guard"]
    assert (stage["skipped"], stage["timeout"]) == ([], 30.0)


async def test_the_building_goes_before_the_number_as_at_a_gate(api: Api) -> None:
    answer = await api.ask("GET", path(api, "apartment=1001&building=1"))

    assert (answer.json["dialled"], answer.json["refusal"]) == ("1*1001", None)


async def test_an_unknown_apartment_is_a_refusal_with_its_reason(api: Api) -> None:
    answer = await api.ask("GET", path(api, "apartment=9999"))

    assert (answer.status, answer.json["stages"]) == (200, [])
    assert (answer.json["refusal"]["status"], answer.json["refusal"]["reason"]) == (
        404,
        "unknown_number",
    )


@pytest.mark.parametrize("caller", ["gate", "Main%20gate"])
async def test_the_caller_is_named_by_device_or_name(api: Api, caller: str) -> None:
    named = str(api.home.gate) if caller == "gate" else caller
    answer = await api.ask("GET", path(api, f"apartment=1001&from={named}"))

    assert answer.json["caller"]["device_id"] == api.home.gate


async def test_a_caller_of_a_foreign_site_is_as_unknown_as_any(api: Api) -> None:
    refusals = [
        (await api.ask("GET", path(api, f"apartment=1001&from={caller}"))).json["refusal"]
        for caller in (api.foreign.gate_user, api.foreign.gate, "nobody")
    ]

    assert {refusal["reason"] for refusal in refusals} == {"unknown_caller"}


@pytest.mark.parametrize(
    "at", ["2027-01-15T23:30", "2027-01-15T23:30:00%2B01:00", "2027-01-15T23:30:00Z"]
)
async def test_a_plan_may_be_of_another_moment(api: Api, at: str) -> None:
    answer = await api.ask("GET", path(api, f"apartment=1001&at={at}"))

    assert (answer.status, answer.json["refusal"]) == (200, None)


async def test_a_moment_that_cannot_be_read_is_refused_with_what_was_expected(api: Api) -> None:
    answer = await api.ask("GET", path(api, "apartment=1001&at=tonight"))

    assert (answer.status, answer.errors) == (422, [("at", EXPECTED)])


async def test_a_plan_needs_an_apartment(api: Api) -> None:
    answer = await api.ask("GET", path(api, "building=1"))

    assert (answer.status, answer.errors) == (422, [("apartment", "required")])
