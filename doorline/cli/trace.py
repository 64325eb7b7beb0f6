"""`doorline trace`: the timeline of one visit."""

import asyncio
import json
from typing import Annotated
from urllib.parse import quote

import typer

from doorline.cli.failure import CommandFailedError
from doorline.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, print_json
from doorline.cli.running import TokenOption, UrlOption, admin_url, text_of
from doorline.opening import opened
from doorline.settings import Settings, load
from doorline.timeline import render
from sipcore.storage.call_queries import CallFilter, CallRecord, get_call, list_calls

LAST = "last"


def trace(
    visit: Annotated[
        str, typer.Argument(metavar="VISIT", help="Id of a visit or call, or `last`.")
    ],
    ladder: Annotated[
        bool,
        typer.Option(
            "--ladder", help="Its SIP messages instead, as the running server remembers them."
        ),
    ] = False,
    as_json: JsonOption = False,
    token: TokenOption = "",
    url: UrlOption = "",
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Print what happened in a visit, with times. `last` is the newest one."""
    settings = load(config)
    record = asyncio.run(_find(settings, visit))
    if ladder:
        base = url.rstrip("/") or admin_url(settings)
        print(text_of(base, f"/calls/{quote(record.call.id, safe='')}/ladder", token), end="")
    elif as_json:
        print_json(_document(record))
    else:
        for line in render(record):
            print(line)


def _document(record: CallRecord) -> object:
    """What the API answers for the call."""
    # Imported here because it takes a while, which the timeline need not wait for.
    from admin_api.resources.calls import details_of
    from doorline.adapters.records import detail_of

    return json.loads(details_of(detail_of(record)).to_json())


async def _find(settings: Settings, visit: str) -> CallRecord:
    """The record of a call; the terminal of the server sees every site."""
    async with opened(settings) as directory:
        engine = directory.database.engine
        if visit == LAST:
            newest = await list_calls(engine, CallFilter(limit=1, visits_only=True), None)
            if not newest:
                raise CommandFailedError("there has been no visit yet")
            visit = newest[0].id
        record = await get_call(engine, visit, None)
    if record is None:
        raise CommandFailedError(f"no visit or call has the id {visit}")
    return record
