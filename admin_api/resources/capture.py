"""`/capture`: the signalling of one account as a pcap file, for those who look for a fault."""

from typing import Annotated

from pydantic import Field

from admin_api.errors import Clash
from admin_api.operation import ApiRequest, Reply, streams
from admin_api.schemas.base import FilterText, NoBody, Query
from admin_api.services import TooManyFollowers

MAX_SECONDS = 3600
MEDIA_TYPE = "application/vnd.tcpdump.pcap"


class CaptureQuery(Query):
    """Whose messages are wanted."""

    aor: Annotated[FilterText, Field(description="Account user, or its SIP address.")]
    seconds: Annotated[
        float,
        Field(
            ge=0,
            le=MAX_SECONDS,
            description="How long to follow after what is remembered; 0: only that.",
        ),
    ] = 0


async def get_capture(request: ApiRequest[CaptureQuery, NoBody]) -> Reply:
    """What is remembered of the account, then what passes, with secrets masked.

    409 when the settings keep nothing (`sip.capture.keep`), or too many follow already.
    """
    source = request.services.capture
    if source is None:
        raise Clash("sip.capture.keep", "This server keeps no messages; its settings say so.")
    query = request.query
    try:
        return Reply(stream=source.pcap(user_of(query.aor), query.seconds))
    except TooManyFollowers:
        raise Clash("seconds", "Too many follow already; ask again later.") from None


def user_of(aor: str) -> str:
    """`1001` of `1001`, `1001@domain` or `sip:1001@domain;transport=tcp`."""
    address = aor.strip().strip("<>")
    scheme, colon, rest = address.partition(":")
    if colon and scheme.lower() in {"sip", "sips"}:
        address = rest
    return address.partition("@")[0]


OPERATIONS = (
    streams(
        "get_capture",
        "/capture",
        "Signalling of one account as a pcap file",
        get_capture,
        query=CaptureQuery,
        media_type=MEDIA_TYPE,
    ),
)
