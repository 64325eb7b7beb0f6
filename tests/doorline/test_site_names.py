"""Names of sites in the settings."""

import pytest
from structlog.testing import capture_logs

from directory.queries.dial import DialDirectory, DialSite
from doorline.settings import (
    IncomingSettings,
    LandlineSettings,
    LineSettings,
    SipSettings,
    SiteLandlineSettings,
    TrunkSettings,
)
from doorline.site_names import missing, named_sites, tell_misnamed

NUMBERS = IncomingSettings(number={"+49301": LineSettings(site="West")})
SIP = SipSettings(
    trunk={"t": TrunkSettings(host="sip.example", sites=("North",), incoming=NUMBERS)},
    landlines=LandlineSettings(site={"South": SiteLandlineSettings(per_day=1)}),
)


def sites_called(*names: str) -> DialDirectory:
    directory = DialDirectory()
    for site_id, name in enumerate(names, start=1):
        directory.put_site(DialSite(site_id, name, "community", "UTC", "GB"))
    return directory


def told(directory: DialDirectory) -> list[tuple[str, str, str]]:
    """Event, place and name of each warning of the start."""
    with capture_logs() as logs:
        tell_misnamed(SIP, directory)
    return [(entry["event"], entry.get("place", ""), entry["site"]) for entry in logs]


def test_trunks_numbers_and_limits_name_sites() -> None:
    assert named_sites(SIP) == {"North", "South", "West"}


def test_names_that_mean_several_sites_are_told_once() -> None:
    directory = sites_called("North", "West", "South", "North", "West", "Other", "Other")

    assert told(directory) == [
        ("trunk.site_name_repeated", "", "North"),
        ("trunk.site_name_repeated", "", "West"),
    ]


def test_names_that_no_site_has_are_told_with_their_keys() -> None:
    assert told(sites_called("Elsewhere")) == [
        ("trunk.site_name_unknown", "sip.trunk.t.sites", "North"),
        ("trunk.site_name_unknown", "sip.trunk.t.incoming.number.+49301.site", "West"),
        ("trunk.site_name_unknown", "sip.landlines.site.South", "South"),
    ]
    assert told(sites_called("North", "South", "West")) == []


@pytest.mark.parametrize(
    ("present", "mend"),
    [
        (("Linden Gardens", "Riverside"), 'perhaps "Linden Gardens" is meant'),
        (("LINDEN GARDEN",), 'perhaps "LINDEN GARDEN" is meant'),
        (
            ("Linden Gardens", "Linden Garten", "Mill"),
            'perhaps "Linden Gardens" or "Linden Garten" is meant',
        ),
        (("Mill",), "correct it or make the site"),
        ((), "correct it or make the site"),
    ],
)
def test_the_nearest_names_are_told(present: tuple[str, ...], mend: str) -> None:
    sip = SipSettings(trunk={"t": TrunkSettings(host="sip.example", sites=("Linden Garden",))})

    assert [message for _, _, message in missing(sip, present)] == [
        f'no site has the name "Linden Garden"; {mend}'
    ]
