"""Where a device is in its own network: the address others call it at, past the server (F067).

An address that means no single device, or that nobody else can send to, is none.
"""

import ipaddress

EXPECTED = "must be the IP address of a device, such as 192.168.1.20, or empty"


def check(value: object) -> str:
    """The address in its usual form, or empty; ValueError for anything else."""
    text = value.strip() if isinstance(value, str) else None
    if text == "":
        return ""
    found = "" if text is None else usable(text)
    if not found:
        raise ValueError(EXPECTED)
    return found


def usable(text: str) -> str:
    """The address in its usual form; empty when no device can be called there."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return ""
    if address.is_unspecified or address.is_loopback or address.is_multicast:
        return ""
    if address.is_link_local or address.is_reserved:
        return ""
    return str(address)


def seen(contact_host: str, source_host: str) -> str:
    """The address of a device that registered, by its Contact and where its packets came from.

    The Contact says what the device takes for its own address. Where that is a name, the source
    counts if it is a private address: any other may be that of a router before many devices.
    """
    own = usable(contact_host.strip("[]"))
    if own:
        return own
    source = usable(source_host.strip("[]"))
    return source if source and ipaddress.ip_address(source).is_private else ""
