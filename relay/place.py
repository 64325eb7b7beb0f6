"""Names of places as door log rows show them."""

from directory.queries.dial import DialSite


def building_name(site: DialSite, building_id: int | None) -> str:
    """The building's name; empty when there is none."""
    if building_id is None:
        return ""
    return next((name for name, key in site.buildings.items() if key == building_id), "")


def apartment_number(site: DialSite, apartment_id: int | None) -> str:
    """The apartment's number; empty when there is none."""
    apartment = site.apartment(apartment_id)
    return "" if apartment is None else apartment.number
