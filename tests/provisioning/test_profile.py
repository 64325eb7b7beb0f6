from dataclasses import replace
from typing import Any

import pytest

from directory.hook_token import hook_token
from directory.kinds import CallMode, ContactDisplay, DeviceType, Transport
from directory.queries.provisioning import (
    ContactEntry,
    DeviceAccount,
    DeviceSettings,
    DirectPeer,
    RelaySettings,
    ServedDoor,
)
from directory.secrets import Secret
from provisioning.catalogue import Model, load_catalogue
from provisioning.profile import (
    Profile,
    ProfileAccount,
    ProfileRelay,
    UnlockKey,
    last_of_each_key,
    profile_of,
)
from provisioning.zones import clock_rule
from tests.provisioning.builder import SERVER, TOKEN, door, fanvil_door, lasting, monitor, once

CATALOGUE = load_catalogue()


def profile(settings: DeviceSettings, **server: Any) -> Profile:
    model = CATALOGUE.model(settings.vendor, settings.model)
    assert model is not None
    return profile_of(settings, model, replace(SERVER, **server), clock_rule(settings.timezone))


def variant(**changes: Any) -> Model:
    model = CATALOGUE.model("akuvox", "R29")
    assert model is not None
    return replace(model, **changes)


def relays(
    settings: DeviceSettings, model: Model
) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    made = profile_of(settings, model, SERVER, clock_rule("UTC"))
    return tuple((relay.letter, relay.code) for relay in made.relays), made.notes


def test_a_door_has_everything_its_file_says() -> None:
    assert profile(door()) == Profile(
        account=ProfileAccount("1000000001", Secret("DoorPassword1234"), "Main entrance"),
        transport=Transport.UDP,
        port=5060,
        autop_url=f"http://192.0.2.1:8080/autop/{TOKEN}/",
        hook_url=f"http://192.0.2.1:8080/hook/{hook_token(7, TOKEN)}/",
        contacts_url=f"http://192.0.2.1:8080/autop/{TOKEN}/contacts.xml",
        autop_hour=2,
        autop_minute=5,
        auto_answer=True,
        relays=(
            ProfileRelay(1, "A", "Front door", "1234", 5),
            ProfileRelay(2, "B", "Garage", "5678", 10),
            ProfileRelay(3, "C", "", "", 5),
        ),
        code_length=4,
        opens_by_digits=True,
        unlock_keys=(),
        ring_seconds=140,
        call_numbers=("0",),
        directory_name="Demo Residence",
        contacts=door().contacts,
        clock=clock_rule("Europe/London"),
        time_format=door().time_format,
        date_format=door().date_format,
        commands=(),
        notes=(),
    )


def test_a_device_rings_longer_than_the_server_and_two_minutes_at_least() -> None:
    def rings(longest: float) -> int:
        return profile(replace(door(), longest_ring=longest)).ring_seconds

    assert (rings(20), rings(115.5), rings(360.2)) == (120, 121, 366)


def test_a_monitor_sends_the_codes_of_the_doors_that_ring_it() -> None:
    made = profile(monitor())

    assert made.unlock_keys == (
        UnlockKey(1, "1234", "Gate, Front door"),
        UnlockKey(2, "5678", "Garage"),
        UnlockKey(3, "", ""),
    )
    assert (made.auto_answer, made.relays, made.contacts_url) == (
        False,
        (),
        "",
    )


def test_codes_that_may_not_be_sent_in_a_call_get_no_key() -> None:
    hidden = (RelaySettings(1, "Plant", "9", in_call=False), RelaySettings(2, "Roof", ""))

    made = profile(monitor(doors=(ServedDoor(1, "Gate", "", hidden),)))

    assert [key.code for key in made.unlock_keys] == ["", "", ""]


def test_a_monitor_with_too_few_keys_takes_first_relays_first_and_says_so() -> None:
    doors = tuple(
        ServedDoor(number, f"Door {number}", "", (
            RelaySettings(1, f"A{number}", f"{number}1"),
            RelaySettings(2, "", f"{number}2"),
        ))
        for number in (1, 2)
    )  # fmt: skip

    made = profile(monitor(doors=doors))

    assert made.unlock_keys == (
        UnlockKey(1, "11", "A1"),
        UnlockKey(2, "21", "A2"),
        UnlockKey(3, "12", "Unlock"),
    )
    assert made.notes == ("4 codes open doors here, but a C315 has 3 keys.",)


@pytest.mark.parametrize(
    ("codes", "kept", "notes"),
    [
        (("1", "2", ""), (("A", "1"), ("B", "2"), ("C", "")), ()),
        (
            ("", "12", "345"),
            (("A", ""), ("B", "12"), ("C", "")),
            ("Relay R3 needs a code as long as the others' (2).",),
        ),
        (
            ("12", "34", "56"),
            (("A", "12"), ("B", "34"), ("C", "")),
            ("Relay R3 needs a code of one digit on a R29.",),
        ),
    ],
)
def test_codes_a_door_cannot_hold_are_left_out_and_said(
    codes: tuple[str, ...], kept: tuple[tuple[str, str], ...], notes: tuple[str, ...]
) -> None:
    settings = door(
        relays=tuple(RelaySettings(n, f"R{n}", code) for n, code in enumerate(codes, start=1))
    )

    assert relays(settings, variant(long_codes=2)) == (kept, notes)


def test_a_door_that_takes_codes_of_any_length_keeps_them_all() -> None:
    settings = door(relays=(RelaySettings(1, "A", "1"), RelaySettings(2, "B", "234")))

    assert relays(settings, variant(relays=2, codes_of_one_length=False)) == (
        (("A", "1"), ("B", "234")),
        (),
    )


def test_a_relay_the_model_does_not_have_is_left_out_and_said() -> None:
    settings = door(relays=(RelaySettings(2, "Garage", "1"),))

    assert relays(settings, variant(relays=1)) == (
        (("A", ""),),
        ("Relay Garage is number 2, but a R29 has 1.",),
    )


def test_a_door_without_codes_does_not_open_by_digits() -> None:
    made = profile(door(relays=(RelaySettings(1, "A", ""),)))

    assert (made.opens_by_digits, made.code_length) == (False, 1)


def test_an_account_that_is_switched_off_is_not_given_out() -> None:
    off = DeviceAccount("1", Secret("x"), "Door", enabled=False)

    assert profile(door(account=off)).account is None
    assert profile(door(account=None)).account is None


@pytest.mark.parametrize(
    ("display", "name", "shown"),
    [("Gate", "G", "Gate"), (" ", "G", "G"), ("", " ", "100")],
)
def test_a_display_name_is_never_empty(display: str, name: str, shown: str) -> None:
    settings = door(name=name, account=DeviceAccount("100", Secret("x"), display))

    assert profile(settings).account == ProfileAccount("100", Secret("x"), shown)


def test_a_transport_without_a_listener_is_rendered_as_asked_and_said() -> None:
    made = profile(door(transport=Transport.TLS))

    assert (made.transport, made.port) == (Transport.TLS, 5061)
    assert made.notes == ("The server has no TLS listener.",)


def test_an_address_longer_than_devices_take_is_said() -> None:
    made = profile(door(), public_url=f"https://{'x' * 60}.example")

    assert made.notes == ("The autop address is longer than the 127 characters devices take.",)


def test_call_mode_ip_is_said_to_go_through_the_server() -> None:
    assert profile(door(call_mode=CallMode.IP)).notes == (
        "Calls go through the server: addresses of other devices are not known.",
    )


HALL = DirectPeer("Hall", "1000000002")
OFFICE_DOOR = DirectPeer("Study", "1000000003")
AT_HOME = {"1000000002": "10.0.0.2"}.get


def by_address(settings: DeviceSettings) -> Profile:
    clock = clock_rule("Europe/London")
    return profile_of(settings, variant(), SERVER, clock, lambda user: AT_HOME(user, ""))


def test_a_households_door_in_call_mode_ip_dials_the_addresses_of_its_monitors() -> None:
    made = by_address(door(call_mode=CallMode.IP, direct_calls=(HALL, OFFICE_DOOR)))

    assert (made.call_numbers, made.calls_by_address) == (("10.0.0.2", "1000000003"), True)
    assert made.called_by_address is False
    assert made.notes == ("Calls go through the server to Study: no address is known.",)


def test_a_contact_list_holds_addresses_and_says_who_is_in_another_network_group() -> None:
    near = replace(FLAT, direct=(HALL,))
    far = ContactEntry("B 3", "B*3", "owner", "B 3", (), True)
    made = by_address(door(contacts=(near, far)))

    assert [(one.name, one.number) for one in made.contacts] == [
        ("Flat 2", "10.0.0.2"),
        ("B 3", "B*3"),
    ]
    assert made.calls_by_address
    assert made.notes == ("Calls to 1 contacts go through the server: another network group.",)


def test_a_list_of_people_and_endpoints_shows_an_address_once() -> None:
    home = (
        replace(FLAT, direct=(HALL, OFFICE_DOOR)),
        replace(KITCHEN, name="Hall", direct=(HALL,)),
    )
    made = by_address(
        door(contact_display=ContactDisplay.PEOPLE_AND_ENDPOINTS, contacts=(*home, APP))
    )

    assert [(one.name, one.number) for one in made.contacts] == [
        ("Flat 2 - Hall", "10.0.0.2"),
        ("Flat 2 - Ann", "1000000007"),
        ("Flat 2 - Study", "1000000003"),
    ]


def test_a_monitor_in_call_mode_ip_is_called_at_its_address() -> None:
    made = profile(monitor(call_mode=CallMode.IP))

    assert (made.called_by_address, made.calls_by_address, made.notes) == (True, False, ())
    assert profile(monitor()).called_by_address is False


def test_a_model_that_dials_no_addresses_calls_through_the_server_and_says_so() -> None:
    made = profile(fanvil_door(call_mode=CallMode.IP, direct_calls=(HALL,), call_numbers=("1001",)))

    assert (made.call_numbers, made.calls_by_address) == (("1001",), False)
    assert made.notes == ("Calls go through the server: a i16SV dials no addresses.",)


def test_a_door_nobody_may_look_through_does_not_answer_by_itself() -> None:
    assert profile(door(monitor_allowed=False)).auto_answer is False


def test_the_call_button_holds_what_can_be_dialled_and_fits() -> None:
    made = profile(fanvil_door(call_numbers=("a@b", "1001", "1002")))

    assert made.call_numbers == ("1001",)
    assert made.notes == ("The call button of a i16SV holds 1 numbers.",)


FLAT = ContactEntry("Flat 2", "1002", "owner", "Flat 2")
KITCHEN = ContactEntry("Kitchen", "1000000006", "indoor", "Flat 2")
APP = ContactEntry("Ann", "1000000007", "app", "Flat 2")
GUARD = ContactEntry("Guard", "1000000005", "guard")
STRAY = ContactEntry("Stray", "1000000008", "indoor", "Flat 9")
OTHER_DOOR = ContactEntry("Gate", "1000000009", "door")
EVERYBODY = (FLAT, KITCHEN, APP, GUARD, STRAY, OTHER_DOOR)


@pytest.mark.parametrize(
    ("display", "shown"),
    [
        (ContactDisplay.ONLY_PEOPLE, (FLAT,)),
        (ContactDisplay.ENDPOINTS, (KITCHEN, APP, GUARD, STRAY)),
        (
            ContactDisplay.PEOPLE_AND_ENDPOINTS,
            (
                FLAT,
                ContactEntry("Flat 2 - Kitchen", "1000000006", "indoor", "Flat 2"),
                ContactEntry("Flat 2 - Ann", "1000000007", "app", "Flat 2"),
                GUARD,
                STRAY,
            ),
        ),
    ],
)
def test_a_door_shows_the_contacts_of_its_display_mode(
    display: ContactDisplay, shown: tuple[ContactEntry, ...]
) -> None:
    made = profile(door(contact_display=display, contacts=EVERYBODY))

    assert made.contacts == shown


def test_another_device_shows_all_its_contacts() -> None:
    made = profile(monitor(contacts=(GUARD, OTHER_DOOR)))

    assert made.contacts == (GUARD, OTHER_DOOR)


def test_contacts_that_cannot_be_dialled_are_left_out_and_said() -> None:
    made = profile(door(contacts=(FLAT, ContactEntry("X", "Tower A*1", "owner", "X"))))

    assert made.contacts == (FLAT,)
    assert made.notes == ("1 contacts have numbers no device can dial.",)


def test_of_lines_with_the_same_key_the_last_is_kept() -> None:
    lines = (
        lasting(1, "Config.A", "1"),
        lasting(2, "Config.B", "2"),
        once(3, "config.a", "3"),
    )

    assert last_of_each_key(lines) == (once(3, "config.a", "3"), lasting(2, "Config.B", "2"))


def test_a_line_whose_key_is_no_key_is_left_out_and_said() -> None:
    made = profile(door(commands=(lasting(1, "Config.A = 1\nConfig.B", "2"),)))

    assert made.commands == ()
    assert made.notes == (
        "Extra lines whose key is not made of letters, digits and dots are left out.",
    )


def test_a_file_that_is_not_made_of_lines_takes_none_and_says_so() -> None:
    made = profile(fanvil_door(commands=(lasting(1, "Config.A", "2"),)))

    assert made.commands == ()
    assert made.notes == ("The file of a i16SV takes no extra lines.",)


def test_nightly_fetches_spread_over_four_hours() -> None:
    hours = {profile(door(mac=f"0C11050{n:05X}")).autop_hour for n in range(0, 600, 7)}
    minutes = {profile(door(mac=f"0C11050{n:05X}")).autop_minute for n in range(600)}

    assert (hours, minutes) == ({1, 2, 3, 4}, set(range(60)))


def test_a_device_without_a_mac_has_a_profile_too() -> None:
    assert profile(door(mac="")).autop_minute == 0


def test_a_profile_does_not_print_its_secrets() -> None:
    text = repr(profile(door())) + repr(profile(monitor()))

    assert not [secret for secret in (TOKEN, "DoorPassword", "1234", "5678") if secret in text]


def test_a_device_of_any_type_has_a_profile() -> None:
    for device_type in DeviceType:
        assert profile(door(type=device_type)).account is not None
