"""`/sites/{site_id}/call-plan`: what would happen if a button were pressed; rings nobody."""

from typing import Annotated

from pydantic import Field

from admin_api.errors import Rejected
from admin_api.operation import ApiRequest, Reply, reads
from admin_api.schemas.base import FilterText, NoBody, Query
from admin_api.schemas.records import CallPlan
from directory.queries.dial import zone_of
from directory.service import sites
from sipcore.calls.explain import as_values
from sipcore.calls.moment import moment_of


class CallPlanQuery(Query):
    """Which button press is simulated."""

    apartment: Annotated[
        FilterText, Field(description="What the button dials: an apartment, person, `guard`, …")
    ]
    building: Annotated[
        FilterText | None, Field(description="Building of the apartment, as at a gate.")
    ] = None
    caller: Annotated[
        FilterText | None,
        Field(alias="from", description="Device id, name or account user; any door if left out."),
    ] = None
    assume_reachable: Annotated[
        bool, Field(description="Plan as if every account were registered.")
    ] = False
    at: Annotated[
        FilterText | None,
        Field(
            description="Moment of the press, ISO 8601, now if left out; without an offset it is "
            "the site's local time."
        ),
    ] = None


async def get_call_plan(request: ApiRequest[CallPlanQuery, NoBody]) -> Reply:
    """The plan from the very functions that plan real calls, with everybody in or out and why."""
    query = request.query
    site_id = request.id("site_id")
    async with request.services.directory.reading(request.scope) as unit:
        site = await sites.get(unit, site_id)
    at = request.services.utc()
    if query.at is not None:
        try:
            at = moment_of(query.at, zone_of(site.timezone))
        except ValueError as error:
            raise Rejected.one("at", str(error)) from None
    answer = request.services.planner.simulate(
        site_id,
        query.apartment,
        building=query.building,
        caller=query.caller,
        assume_reachable=query.assume_reachable,
        at=at,
    )
    return Reply(CallPlan.model_validate(as_values(answer)))


OPERATIONS = (
    reads(
        "get_call_plan",
        "/sites/{site_id}/call-plan",
        "What would happen if a button were pressed",
        get_call_plan,
        query=CallPlanQuery,
        out=CallPlan,
    ),
)
