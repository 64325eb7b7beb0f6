"""Names of sites in the settings: where each stands, and those that do not mean one site."""

from collections.abc import Collection, Iterator
from difflib import get_close_matches
from typing import Final

import structlog

from directory.queries.dial import DialDirectory
from doorline.settings import SipSettings

log = structlog.get_logger("trunk")

REPEATED: Final = "several sites have this name: give them different ones; until then it means none"
"""What is wrong with a name that several sites have."""
_MOST_NEAR: Final = 3


def places_of_names(sip: SipSettings) -> Iterator[tuple[str, str]]:
    """Every place of the settings that names a site, with that name: trunks, numbers, limits."""
    for name, trunk in sip.trunk.items():
        for site in trunk.sites:
            yield f"sip.trunk.{name}.sites", site
        for number, line in trunk.incoming.number.items():
            yield f"sip.trunk.{name}.incoming.number.{number}.site", line.site
    for site in sip.landlines.site:
        yield f"sip.landlines.site.{site}", site


def named_sites(sip: SipSettings) -> frozenset[str]:
    """Every site that the settings give by its name."""
    return frozenset(site for _, site in places_of_names(sip))


def missing(sip: SipSettings, present: Collection[str]) -> Iterator[tuple[str, str, str]]:
    """Place and name of each that no site has, and what is wrong with it."""
    for place, site in places_of_names(sip):
        if site not in present:
            near = " or ".join(f'"{name}"' for name in _nearest(site, present))
            mend = f"perhaps {near} is meant" if near else "correct it or make the site"
            yield place, site, f'no site has the name "{site}"; {mend}'


def tell_misnamed(sip: SipSettings, directory: DialDirectory) -> None:
    """Warn of names in the settings that mean several sites, or none."""
    for name in sorted(named_sites(sip)):
        if directory.is_repeated(name):
            log.warning("trunk.site_name_repeated", site=name, effect=REPEATED)
    present = {site.name for site in directory.sites.values()}
    for place, name, message in missing(sip, present):
        log.warning("trunk.site_name_unknown", place=place, site=name, effect=message)


def _nearest(name: str, present: Collection[str]) -> list[str]:
    """The names that are spelled most like it, whatever their case."""
    by_folded = {one.casefold(): one for one in sorted(present)}
    return [by_folded[one] for one in get_close_matches(name.casefold(), by_folded, _MOST_NEAR)]
