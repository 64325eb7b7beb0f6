import pytest

from provisioning.catalogue import Model, load_catalogue
from provisioning.render import Renderer
from provisioning.resolve import FileKind
from provisioning.shelf import Shelf
from provisioning.zones import UnknownZone
from tests.provisioning.builder import SERVER, TOKEN, door
from tests.support.clock import ManualClock

CATALOGUE = load_catalogue()


def r29() -> Model:
    model = CATALOGUE.model("akuvox", "R29")
    assert model is not None
    return model


def make_shelf(clock: ManualClock, kept: int = 10) -> Shelf:
    return Shelf(Renderer(CATALOGUE), SERVER, clock.monotonic, keep=2.0, kept=kept)


def test_settings_are_kept_for_a_moment() -> None:
    clock = ManualClock()
    shelf, settings = make_shelf(clock), door()

    shelf.prepare(TOKEN, settings, r29())

    assert shelf.settings(TOKEN) is settings
    clock.advance(2.0)
    assert shelf.settings(TOKEN) is None


def test_a_device_prepared_without_its_token_is_not_kept() -> None:
    shelf = make_shelf(ManualClock())

    shelf.prepare(None, door(), r29())

    assert len(shelf) == 0


def test_files_are_rendered_once_for_the_same_settings() -> None:
    shelf, settings = make_shelf(ManualClock()), door()

    first = shelf.prepare(TOKEN, settings, r29())
    again = shelf.prepare(TOKEN, settings, r29())

    assert again is first
    assert shelf.file(first, FileKind.DEVICE) is shelf.file(again, FileKind.DEVICE)


def test_new_settings_replace_the_kept_ones() -> None:
    shelf, newer = make_shelf(ManualClock()), door(name="Back door")
    shelf.prepare(TOKEN, door(), r29())

    prepared = shelf.prepare(TOKEN, newer, r29())

    assert prepared.settings is newer
    assert shelf.settings(TOKEN) is newer


def test_the_common_file_is_rendered_once_for_all_devices_of_a_model() -> None:
    shelf = make_shelf(ManualClock())
    one = shelf.prepare("a", door(), r29())
    two = shelf.prepare("b", door(), r29())

    assert shelf.file(one, FileKind.COMMON) is shelf.file(two, FileKind.COMMON)
    assert shelf.file(one, FileKind.COMMON) is not None


def test_a_model_without_contacts_has_no_such_file() -> None:
    shelf, model = make_shelf(ManualClock()), CATALOGUE.model("akuvox", "E12")
    assert model is not None

    prepared = shelf.prepare(TOKEN, door(), model)

    assert shelf.file(prepared, FileKind.CONTACTS) is None
    assert shelf.file(prepared, FileKind.COMMON) is None


def test_a_device_or_a_site_can_be_forgotten() -> None:
    shelf = make_shelf(ManualClock())
    for token, site_id in (("a", 1), ("b", 1), ("c", 2)):
        shelf.prepare(token, door(site_id=site_id), r29())

    shelf.drop("a")
    shelf.drop("never there")
    assert len(shelf) == 2
    shelf.drop_site(1)
    assert [shelf.settings(token) is None for token in "abc"] == [True, True, False]
    shelf.drop_site(None)
    assert len(shelf) == 0


def test_the_oldest_go_when_there_are_too_many_or_when_they_are_stale() -> None:
    clock = ManualClock()
    shelf = make_shelf(clock, kept=2)
    for token in "abc":
        shelf.prepare(token, door(), r29())
    assert (len(shelf), shelf.settings("a")) == (2, None)

    clock.advance(10.0)
    shelf.prepare("d", door(), r29())
    assert len(shelf) == 1


def test_a_zone_that_no_longer_exists_is_an_error() -> None:
    with pytest.raises(UnknownZone):
        make_shelf(ManualClock()).prepare(TOKEN, door(timezone="Mars/Olympus"), r29())
