"""The order in which located servers are tried: priorities, then chance by weight (RFC 2782)."""

from collections.abc import Callable, Iterator, Sequence
from hashlib import blake2s
from itertools import groupby
from typing import NamedTuple

from sipcore.kernel.entropy import Entropy
from sipcore.transport.locating import Candidate

Draw = Callable[[int], int]
"""A whole number from 0 to the given one, both included, each as likely as the others."""


class Server(NamedTuple):
    """One place to send to."""

    transport: str
    host: str
    """Address without brackets."""
    port: int


def in_order(candidates: Sequence[Candidate], draw: Draw) -> tuple[Server, ...]:
    """Every server, the one to try first at the front; drawn anew for each request.

    The addresses of one host stay together, in the order of the DNS.
    """
    servers = (
        Server(candidate.transport, address, candidate.port)
        for _, equal in groupby(sorted(candidates, key=_precedence), _precedence)
        for candidate in _by_weight(list(equal), draw)
        for address in candidate.addresses
    )
    return tuple(dict.fromkeys(servers))


def draw_from(entropy: Entropy) -> Draw:
    """Numbers made of the engine's only source of randomness."""

    def draw(most: int) -> int:
        octets = blake2s(entropy.token().encode(), digest_size=8).digest()
        return int.from_bytes(octets) % (most + 1)

    return draw


def _precedence(candidate: Candidate) -> tuple[int, int]:
    return candidate.rank, candidate.priority


def _by_weight(equal: list[Candidate], draw: Draw) -> Iterator[Candidate]:
    """RFC 2782: weight 0 first, a number up to the running sum, the first at or above it."""
    left = sorted(equal, key=lambda candidate: candidate.weight != 0)
    while len(left) > 1:
        chosen, total = draw(sum(candidate.weight for candidate in left)), 0
        for index, candidate in enumerate(left):
            total += candidate.weight
            if total >= chosen:
                yield left.pop(index)
                break
    yield from left
