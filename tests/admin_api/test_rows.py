from admin_api.rows import OFFLINE, CallQuery, Presence, RegistrationQuery


def test_nobody_is_offline_with_contacts() -> None:
    assert Presence(online=False, contacts=0, seen_at=None) == OFFLINE


def test_a_question_without_filters_asks_for_everything_in_the_scope() -> None:
    calls = CallQuery(site_ids=None, limit=10)
    registrations = RegistrationQuery(site_ids=frozenset({1}), limit=10)

    assert (calls.descending, calls.visits_only, calls.caller, calls.after) == (
        True,
        False,
        None,
        None,
    )
    assert (registrations.user, registrations.kind, registrations.after) == (None, None, None)
