"""To which tokens a push for an account goes."""

import pytest

from directory.kinds import PushProvider
from directory.queries.push_targets import PushTargetTable, StoredPushTarget
from directory.secrets import Secret, Vault
from doorline.push import finder as finder_module
from doorline.push.finder import TargetFinder, registered_target
from sipcore.registrar.binding import BindingChanged, Changes
from sipcore.registrar.location import Location
from sipcore.registrar.push import PushService
from tests.support.pushes import APNS_TOKEN, TOKEN
from tests.support.registration import binding

SERVICES = (PushService("fcm", ("project",)), PushService("apns", ("TEAM.org.example.app.voip",)))
CONTACT = "sip:a1@192.0.2.10:5062;pn-provider=fcm;pn-param=project;pn-prid=APA91b%3Aabc"
APPLE = (
    f"sip:a1@192.0.2.10;pn-provider=apns;pn-param=TEAM.org.example.app.voip;pn-prid={APNS_TOKEN}"
)


class Found:
    """A finder with its table and location."""

    def __init__(self, *providers: PushProvider) -> None:
        self.vault = Vault.generate()
        self.table = PushTargetTable(self.vault)
        self.location = Location()
        wanted = providers or tuple(PushProvider)
        self.finder = TargetFinder(self.table, self.location, wanted, SERVICES)

    def tell(self, user: str = "a1", *, dead: bool = False, context: str | None = None) -> None:
        sealed = self.vault.seal(TOKEN, context or f"push_targets.token:{user}")
        self.table.put(StoredPushTarget(1, 1, user, PushProvider.FCM, sealed, dead=dead))

    def register(self, *contacts: str, user: str = "a1") -> None:
        bindings = tuple(binding(contact, user=user) for contact in contacts)
        self.location.apply(user, Changes(bindings, tuple(map(BindingChanged, bindings))))


def test_a_token_told_through_the_api_wakes() -> None:
    found = Found()
    found.tell()

    (target,) = found.finder.targets("a1")
    assert found.finder.can_wake("a1")
    assert (target.token.reveal(), target.stored) == (TOKEN, found.table.find("a1"))


@pytest.mark.parametrize("reason", ["nothing", "dead", "another provider"])
def test_some_cannot_be_woken(reason: str) -> None:
    found = Found(PushProvider.APNS) if reason == "another provider" else Found()
    if reason != "nothing":
        found.tell(dead=reason == "dead")

    assert (found.finder.can_wake("a1"), found.finder.targets("a1")) == (False, ())


def test_a_damaged_token_is_no_target() -> None:
    found = Found()
    found.tell(context="elsewhere")

    assert found.finder.targets("a1") == ()


def test_registrations_carry_tokens_as_long_as_they_last() -> None:
    found = Found()
    found.register("sip:a1@192.0.2.11", CONTACT, APPLE)

    assert [
        (target.provider, target.token.reveal(), target.topic)
        for target in found.finder.targets("a1")
    ] == [("fcm", "APA91b:abc", ""), ("apns", APNS_TOKEN, "org.example.app.voip")]
    found.location.remove_user("a1")
    assert not found.finder.can_wake("a1")


def test_the_same_token_twice_is_pushed_once() -> None:
    found = Found()
    found.tell()
    found.register(CONTACT.replace("APA91b%3Aabc", TOKEN))

    assert len(found.finder.targets("a1")) == 1


def test_a_registration_names_the_phone_that_its_token_stands_for() -> None:
    found = Found()
    found.register(CONTACT)
    (target,) = found.finder.targets("a1")
    (record,) = found.location.records("a1")
    finder = found.finder

    assert finder.device_at(CONTACT) == finder.device_of("a1", record) == target.device
    assert (finder.device_at("sip:a1@192.0.2.10"), finder.device_of("a1", b"")) == ("", "")
    assert finder.device_at(CONTACT.replace("=project", "=another")) == ""


def test_a_dead_token_of_a_registration_is_used_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finder_module, "MAX_DEAD", 1)
    found = Found()
    found.register(CONTACT, APPLE)
    first, second = found.finder.targets("a1")

    found.finder.buried(first)
    assert found.finder.targets("a1") == (second,)
    found.finder.buried(second)
    assert found.finder.targets("a1") == (first,)


def test_accounts_of_sites_that_can_be_tested() -> None:
    found = Found()
    found.tell("a1")
    found.tell("a2", dead=True)

    assert (found.finder.users({1}), found.finder.users({2})) == (("a1",), ())


@pytest.mark.parametrize(
    "contact",
    [
        "sip:a1@192.0.2.10",
        "sip:a1@192.0.2.10;pn-provider=fcm;pn-param=project",
        "sip:a1@192.0.2.10;pn-provider=fcm;pn-param=other;pn-prid=x",
        APPLE.replace(APNS_TOKEN, "..%2F..%2Fx"),
        "no uri",
    ],
)
def test_contacts_that_wake_nobody(contact: str) -> None:
    assert registered_target(contact, SERVICES) is None


def test_without_services_registrations_are_not_looked_at() -> None:
    found = Found()
    found.register(CONTACT)
    plain = TargetFinder(found.table, found.location, tuple(PushProvider))

    assert not plain.can_wake("a1")


def test_a_token_is_a_secret() -> None:
    target = registered_target(CONTACT, SERVICES)

    assert target is not None
    assert target.token == Secret("APA91b:abc")
    assert "APA91b" not in repr(target)
