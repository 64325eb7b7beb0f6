"""Live registrations as operators see them, in their scope and page by page."""

from dataclasses import replace

from admin_api.rows import Presence, RegistrationQuery
from directory.queries.dial import DialAccount, DialDirectory, DialSite
from doorline.adapters.live_view import RegistrarView
from sipcore.kernel.flow import Flow
from sipcore.registrar.binding import Binding
from sipcore.registrar.location import Location

FIRST, SECOND = 1, 2


def binding(user: str, contact: str, updated_at: float = 5.0) -> Binding:
    return Binding(
        user=user,
        contact=contact,
        call_id=b"c",
        cseq=1,
        expires_at=500.0,
        q=1.0,
        path=(),
        flow=Flow("UDP", 0, "::1", 5070),
        user_agent="phone",
        instance="",
        reg_id=0,
        params="",
        updated_at=updated_at,
        raw=contact.encode(),
        asked=-1,
    )


def view() -> RegistrarView:
    directory = DialDirectory()
    for site_id, users in ((FIRST, {"a": "door", "b": "app"}), (SECOND, {"c": "door"})):
        accounts = {
            user: DialAccount(1, user, kind, user.upper(), site_id, device_id=9)
            for user, kind in users.items()
        }
        directory.put_site(DialSite(site_id, "s", "community", "UTC", "GB", accounts=accounts))
    location = Location()
    location.restore(
        [
            binding("c", "sip:c@h1"),
            binding("b", "sip:b@h2", 7.0),
            binding("b", "sip:b@h1", 6.0),
            binding("a", "sip:a@h1"),
            binding("gone", "sip:gone@h1"),
        ]
    )
    return RegistrarView(location, directory)


EVERYTHING = RegistrationQuery(site_ids=None, limit=100)


def contacts(query: RegistrationQuery) -> list[str]:
    return [row.contact for row in view().registrations(query)]


def test_rows_come_in_the_order_of_user_and_contact() -> None:
    assert contacts(EVERYTHING) == [
        "sip:a@h1",
        "sip:b@h1",
        "sip:b@h2",
        "sip:c@h1",
        "sip:gone@h1",
    ]


def test_a_scope_hides_other_sites_and_accounts_that_are_gone() -> None:
    first = replace(EVERYTHING, site_ids=frozenset({FIRST}))

    assert contacts(first) == ["sip:a@h1", "sip:b@h1", "sip:b@h2"]
    assert contacts(replace(first, user="c")) == []
    assert contacts(replace(first, site_id=SECOND)) == []
    assert contacts(replace(EVERYTHING, site_ids=frozenset())) == []


def test_filters_narrow() -> None:
    assert contacts(replace(EVERYTHING, kind="door")) == ["sip:a@h1", "sip:c@h1"]
    assert contacts(replace(EVERYTHING, user="b")) == ["sip:b@h1", "sip:b@h2"]
    assert contacts(replace(EVERYTHING, site_id=SECOND)) == ["sip:c@h1"]


def test_pages_follow_each_other_even_inside_one_user() -> None:
    first = replace(EVERYTHING, limit=2)
    second = replace(first, after=("b", "sip:b@h1"))
    third = replace(first, after=("c", "sip:c@h1"))

    assert contacts(first) == ["sip:a@h1", "sip:b@h1"]
    assert contacts(second) == ["sip:b@h2", "sip:c@h1"]
    assert contacts(third) == ["sip:gone@h1"]


def test_a_row_tells_whose_it_is_and_where_packets_come_from() -> None:
    (row,) = view().registrations(replace(EVERYTHING, user="a"))

    assert (row.site_id, row.kind, row.display, row.device_id) == (FIRST, "door", "A", 9)
    assert (row.transport, row.source) == ("udp", "[::1]:5070")


def test_presence_is_told_for_those_who_are_there() -> None:
    assert view().presence(["b", "nobody"]) == {"b": Presence(True, 2, 7.0)}


def test_the_push_token_of_a_contact_is_not_shown() -> None:
    location = Location()
    location.restore([binding("b", "sip:b@192.0.2.1;pn-provider=fcm;pn-prid=APA91b")])

    (row,) = RegistrarView(location, DialDirectory()).registrations(
        RegistrationQuery(site_ids=None, limit=10)
    )

    assert "APA91b" not in row.contact
