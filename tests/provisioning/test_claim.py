import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.claim import AgentPattern, Claim, Evidence, MacFile, NoClaim, claim, mac_of

MAC_FILES = (
    MacFile("akuvox", "", ".cfg"),
    MacFile("akuvox", "", ".conf"),
    MacFile("grandstream", "cfg", ".xml"),
)
AGENTS = (
    AgentPattern("akuvox", re.compile("Akuvox")),
    AgentPattern(
        "fanvil",
        re.compile(r"Fanvil (?P<model>\S+) (?P<version>[0-9.]+) (?P<mac>[0-9A-Fa-f]{12})"),
    ),
)
TOKEN = "kQ3vJ8w2Lx_9-TzR7bNm4Y"


def ask(path: str, agent: str = "") -> Claim | NoClaim:
    return claim(path, agent, "192.0.2.7", MAC_FILES, AGENTS)


@pytest.mark.parametrize(
    "name",
    ["0c110534abcd.cfg", "0C110534ABCD.CFG", "0c110534abcd.conf", "0C-11-05-34-AB-CD.cfg"],
)
def test_a_file_named_by_mac_claims_that_mac_in_any_spelling(name: str) -> None:
    assert ask(name) == Claim(
        file=name.lower(),
        token=None,
        mac="0C110534ABCD",
        source="192.0.2.7",
        agent="",
        evidence=(Evidence("mac", "0C110534ABCD", "path"),),
    )


def test_the_first_part_of_a_path_of_two_is_the_token() -> None:
    assert ask(f"{TOKEN}/r000000000029.cfg", "Akuvox") == Claim(
        file="r000000000029.cfg",
        token=TOKEN,
        mac=None,
        source="192.0.2.7",
        agent="Akuvox",
        evidence=(Evidence("vendor", "akuvox", "user_agent"),),
    )


def test_a_vendor_prefix_is_part_of_the_file_name_form() -> None:
    assert mac_of("cfg0c110534abcd.xml", MAC_FILES) == "0C110534ABCD"
    assert mac_of("0c110534abcd.xml", MAC_FILES) is None


def test_a_mac_of_zeros_is_no_mac() -> None:
    assert mac_of("000000000000.cfg", MAC_FILES) is None


def test_a_user_agent_that_names_the_same_mac_adds_its_evidence() -> None:
    assert ask("0c383e2397f4.cfg", "Fanvil i16SV 2.12.10.1 0c383e2397f4") == Claim(
        file="0c383e2397f4.cfg",
        token=None,
        mac="0C383E2397F4",
        source="192.0.2.7",
        agent="Fanvil i16SV 2.12.10.1 0c383e2397f4",
        evidence=(
            Evidence("mac", "0C383E2397F4", "path"),
            Evidence("vendor", "fanvil", "user_agent"),
            Evidence("mac", "0C383E2397F4", "user_agent"),
            Evidence("model", "i16SV", "user_agent"),
            Evidence("version", "2.12.10.1", "user_agent"),
        ),
    )


def test_a_user_agent_that_names_another_mac_is_a_conflict() -> None:
    assert ask("0c383e2397f4.cfg", "Fanvil i16SV 2.12.10.1 0c383e000001") == NoClaim(
        "conflicting_mac", "192.0.2.7", "Fanvil i16SV 2.12.10.1 0c383e000001", "0C383E2397F4"
    )


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "a/b/c.cfg",
        f"{TOKEN}/",
        f"/{TOKEN}",
        "short/0c110534abcd.cfg",
        f"{TOKEN}/../{TOKEN}",
        f"{TOKEN}/x y.cfg",
        "x" * 65,
        f"{'t' * 129}/a.cfg",
        f"{TOKEN}/\u0661.cfg",
        "0c110534abcd.cfg\n",
    ],
)
def test_a_path_of_another_form_claims_nothing(path: str) -> None:
    assert ask(path) == NoClaim("malformed_path", "192.0.2.7", "")


def test_a_user_agent_is_cut_and_loses_what_cannot_be_printed() -> None:
    answer = ask("", "A\r\nB\x00" + "c" * 500)

    assert answer.agent == "AB" + "c" * 123


def test_a_claim_does_not_print_its_token() -> None:
    assert TOKEN not in repr(ask(f"{TOKEN}/a.cfg"))


@given(st.text(), st.text())
def test_no_path_and_no_user_agent_raises(path: str, agent: str) -> None:
    assert isinstance(ask(path, agent), Claim | NoClaim)
