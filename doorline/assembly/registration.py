"""Registrations: what this server is called, who may register, and for how long."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from doorline.assembly.memory import Memory
from doorline.settings import RegistrarSettings, SipSettings
from sipcore.endpoint.settings import ListenAddress
from sipcore.kernel.entropy import Entropy
from sipcore.registrar.digest import DigestAuthenticator
from sipcore.registrar.local_names import LocalNames
from sipcore.registrar.nonce import Nonces
from sipcore.registrar.policy import RegistrarPolicy
from sipcore.registrar.push import PushService
from sipcore.registrar.registrar import Registrar
from sipcore.registrar.visit_accounts import VisitAccounts

NONCE_REFRESHES: Final = 2.5
"""Longest registrations that a nonce outlives; `nextnonce` replaces it before."""


@dataclass(frozen=True, slots=True)
class Registration:
    """Who somebody is, and where."""

    names: LocalNames
    authenticator: DigestAuthenticator
    registrar: Registrar
    visits: VisitAccounts | None = None
    """Accounts that are good for one visit, where pushes carry such."""


def registration(
    sip: SipSettings,
    listen: Iterable[ListenAddress],
    push_services: tuple[PushService, ...],
    memory: Memory,
    entropy: Entropy,
    *,
    call_accounts: bool = False,
) -> Registration:
    """The registrar of the accounts in memory; what it takes goes into the location there.

    `call_accounts`: pushes carry accounts that are good for one visit.
    """
    visits = VisitAccounts(sip.domain) if call_accounts else None
    credentials = memory.credentials
    told = [address.advertised_host for address in listen if address.advertised_host]
    names = LocalNames(sip.domain, [sip.advertised_host or sip.domain, *told], any_address=True)
    nonces = Nonces(
        entropy.token().encode(),
        entropy,
        # A phone that refreshes in time never meets a nonce that has ended.
        lifetime=max(3600.0, NONCE_REFRESHES * sip.registrar.max_expires),
        capacity=max(200_000, 4 * len(credentials)),
    )
    authenticator = DigestAuthenticator(
        sip.domain,
        credentials,
        nonces,
        names,
        offers_auth_int=sip.registrar.offer_auth_int,
        visits=visits,
    )
    policy = _policy(sip.registrar, push_services)
    registrar = Registrar(names, authenticator, memory.location, policy, visits)
    return Registration(names, authenticator, registrar, visits)


def _policy(
    registrar: RegistrarSettings, push_services: tuple[PushService, ...]
) -> RegistrarPolicy:
    """What the operator decided about registrations."""
    return RegistrarPolicy(
        min_expires=registrar.min_expires,
        default_expires=registrar.default_expires,
        max_expires=registrar.max_expires,
        max_contacts=registrar.max_contacts,
        expires_jitter=registrar.expires_jitter,
        path_without_support=registrar.path_without_support,
        refuses_surplus=registrar.contact_limit == "refuse",
        push_services=push_services,
    )
