"""Made-up calls and registrations."""

from typing import Any

from admin_api.rows import CallRow, RegistrationRow


def call_row(call_id: str, **values: Any) -> CallRow:
    """A visit of a minute that Ann's app answered, but for what the test says."""
    defaults: dict[str, Any] = {
        "sip_call_id": f"{call_id}@door",
        "site_id": 1,
        "is_visit": True,
        "call_type": "indoor_then_app",
        "caller_kind": "door",
        "caller_user": "1001001001",
        "caller_display": "Main gate",
        "caller_device_id": 1,
        "dialled": "1001",
        "callee": "1001",
        "apartment_id": 1,
        "started_at": 100.0,
        "answered_at": 105.0,
        "ended_at": 160.0,
        "duration": 55.0,
        "outcome": "answered",
        "end_by": "callee",
        "end_reason": "bye",
        "status": None,
        "answered_by_kind": "app",
        "answered_by_user": "3001",
        "answered_by_display": "Ann Lee",
        "opened_by": None,
    }
    return CallRow(id=call_id, **{**defaults, **values})


def registration_row(user: str, **values: Any) -> RegistrationRow:
    """One binding over UDP, but for what the test says."""
    defaults: dict[str, Any] = {
        "contact": f"sip:{user}@10.0.0.1:5060",
        "site_id": 1,
        "kind": "indoor",
        "display": "Hall",
        "device_id": None,
        "person_id": None,
        "apartment_id": None,
        "transport": "UDP",
        "source": "10.0.0.1:5060",
        "user_agent": "C315",
        "updated_at": 1_800_000_000.0,
        "expires_at": 1_800_000_300.0,
    }
    return RegistrationRow(user=user, **{**defaults, **values})
