"""Ring settings out of the database, read so that nothing stored can keep a site from loading."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, String, null, type_coerce

from directory.model import Apartment, Site
from directory.ringing import Ringing, read_ringing


def stored_ringing(
    model: type[Site] | type[Apartment], guard_stage: ColumnElement[Any] | None
) -> tuple[ColumnElement[Any], ...]:
    """The columns that `ringing_of` reads, as the database holds them: no type converts them."""
    place = null() if guard_stage is None else type_coerce(guard_stage, String)
    return (
        type_coerce(model.declined, String),
        type_coerce(model.global_failure, String),
        type_coerce(model.longest_ring, String),
        type_coerce(model.rounds, String),
        type_coerce(model.early_status, String),
        place,
        type_coerce(model.ring_times, String),
        type_coerce(model.delays, String),
        type_coerce(model.landline_confirms, String),
        type_coerce(model.landline_key, String) if model is Site else null(),
    )


def ringing_of(row: Sequence[Any]) -> Ringing:
    """Settings of such a row; whatever means nothing is named in `faults`."""
    declined, failure, longest, rounds, early, place, times, delays, confirms, key = row
    return read_ringing(
        declined,
        failure,
        longest,
        rounds,
        early,
        place,
        from_json(times),
        from_json(delays),
        confirms,
        key,
    )


def from_json(text: object) -> object:
    """A value of a JSON column; a text that is no JSON stays as it is, and so means nothing."""
    if text is None or text == "{}":
        return None
    try:
        return json.loads(text) if isinstance(text, str) else text
    except (ValueError, RecursionError):
        return text
