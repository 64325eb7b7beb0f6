from dataclasses import fields

from admin_api.rows import CallRow, RegistrationRow
from admin_api.schemas import records
from provisioning.ledger import AutopFetch
from relay.door_log import DoorLogEntry


def names(row: type) -> set[str]:
    return {field.name for field in fields(row)}


def test_a_registration_shows_every_fact_of_its_row() -> None:
    assert set(records.Registration.model_fields) == names(RegistrationRow)


def test_a_door_log_row_shows_every_fact_of_its_entry() -> None:
    renamed = {"at": "happened_at", "key_kind": "key"}
    wanted = {renamed.get(name, name) for name in names(DoorLogEntry)}

    assert set(records.DoorLogRow.model_fields) == wanted


def test_an_autop_fetch_shows_every_fact_of_its_row() -> None:
    wanted = {"happened_at" if name == "at" else name for name in names(AutopFetch)}

    assert set(records.AutopFetch.model_fields) == wanted


def test_a_call_hides_nothing_but_the_call_id_of_the_protocol() -> None:
    parties = {
        "caller_kind",
        "caller_user",
        "caller_display",
        "answered_by_kind",
        "answered_by_user",
        "answered_by_display",
    }
    renamed = {"callee": "receiver", "end_by": "ended_by", "is_direct": "kind"}
    plain = names(CallRow) - parties - {"sip_call_id"}
    wanted = {renamed.get(name, name) for name in plain}
    wanted |= {"caller", "answered_by", "capture"}  # the last is from another table

    assert set(records.CallSummary.model_fields) == wanted
