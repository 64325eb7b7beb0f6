"""Where devices are in their own networks."""

from doorline.adapters.seen_addresses import SeenAddresses
from sipcore.kernel.flow import Flow
from sipcore.registrar.location import Location
from tests.support.registration import binding

ROUTER = Flow("UDP", 0, "8.8.8.8", 5070)


def registered(*contacts: str) -> Location:
    location = Location()
    location.restore(
        [
            binding(contact, user="1001", updated_at=float(number), flow=ROUTER)
            for number, contact in enumerate(contacts)
        ]
    )
    return location


def test_the_newest_registration_with_an_address_counts() -> None:
    location = registered(
        "sip:1001@10.0.0.5:5062", "sip:1001@10.0.0.6:5062", "sip:1001@phone.invalid", "tel:112"
    )

    assert SeenAddresses(location).of("1001") == "10.0.0.6"


def test_somebody_who_never_registered_has_no_address() -> None:
    assert SeenAddresses(Location()).of("1001") == ""


def test_an_address_is_remembered_when_the_registration_has_ended() -> None:
    location = registered("sip:1001@10.0.0.5:5062")
    addresses = SeenAddresses(location)
    addresses.of("1001")

    location.remove_user("1001")

    assert addresses.of("1001") == "10.0.0.5"


def test_no_more_accounts_are_remembered_than_there_is_room_for() -> None:
    location = Location()
    location.restore([binding(f"sip:{n}@10.0.0.{n}", user=str(n)) for n in (1, 2, 3)])
    addresses = SeenAddresses(location, remembered=2)
    for n in (1, 2, 1, 3):
        addresses.of(str(n))
    for n in (1, 2, 3):
        location.remove_user(str(n))

    assert [addresses.of(str(n)) for n in (1, 2, 3)] == ["10.0.0.1", "", "10.0.0.3"]
