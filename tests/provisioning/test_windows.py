from provisioning.delivery import FirstFetch
from provisioning.windows import Windows

NOW = 1_800_000_000.0
MAC, OTHER = "0C1105000001", "0C1105000002"


def test_a_taken_window_is_remembered_by_mac_and_by_address() -> None:
    windows = Windows()

    taken = windows.take(MAC, NOW + 600, "192.0.2.7", NOW)

    assert taken == FirstFetch("192.0.2.7", NOW + 600, NOW + 60)
    assert windows.first(MAC) == taken
    assert windows.mac_of("192.0.2.7", NOW + 59) == MAC


def test_an_address_holds_a_window_no_longer_than_the_grace() -> None:
    windows = Windows()
    windows.take(MAC, NOW + 600, "192.0.2.7", NOW)

    assert windows.mac_of("192.0.2.7", NOW + 60) is None
    assert windows.mac_of("192.0.2.8", NOW) is None


def test_of_several_windows_of_one_address_the_latest_counts() -> None:
    windows = Windows()
    windows.take(MAC, NOW + 600, "192.0.2.7", NOW)
    windows.take(OTHER, NOW + 600, "192.0.2.7", NOW + 1)

    assert windows.mac_of("192.0.2.7", NOW + 2) == OTHER


def test_an_ended_window_is_forgotten_once() -> None:
    windows = Windows()
    windows.take(MAC, NOW + 600, "192.0.2.7", NOW)

    assert [windows.end(MAC), windows.end(MAC)] == [True, False]
    assert windows.first(MAC) is None


def test_the_oldest_window_goes_when_there_are_too_many() -> None:
    windows = Windows(remembered=2)
    for number in range(3):
        windows.take(f"{number:012X}", NOW + 600, "192.0.2.7", NOW)

    assert len(windows) == 2
    assert windows.first(f"{0:012X}") is None
