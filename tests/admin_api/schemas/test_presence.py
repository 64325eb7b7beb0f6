from admin_api.rows import Presence as PresenceRow
from admin_api.schemas.presence import Presence, presence_of


def test_an_account_that_the_live_view_does_not_know_is_offline() -> None:
    assert presence_of(None) == Presence(online=False, contacts=0, seen_at=None)


def test_a_registered_account_shows_its_contacts_and_when_it_was_seen() -> None:
    row = PresenceRow(online=True, contacts=2, seen_at=7.0)

    assert presence_of(row) == Presence(online=True, contacts=2, seen_at=7.0)
