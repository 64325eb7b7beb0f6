"""The SIP endpoint, with everything it asks."""

from doorline.assembly.memory import Memory
from doorline.assembly.registration import Registration
from doorline.assembly.routing import Routing
from doorline.assembly.telling import Telling
from doorline.certificates import tls_contexts
from doorline.settings import LimitSettings, Settings
from doorline.system import connections_that_fit
from sipcore.b2bua.ports import NO_VISIT_CONTACTS, VisitContacts
from sipcore.b2bua.waking import Waker
from sipcore.calls.correspondence import Correspondence
from sipcore.calls.second_press import PressPlanner
from sipcore.calls.watching import Watching
from sipcore.capture.tap import CaptureTap
from sipcore.defence.policy import DefencePolicy
from sipcore.dialog.session_timer import SessionPolicy
from sipcore.endpoint.endpoint import SipEndpoint
from sipcore.endpoint.ports import EndpointPorts
from sipcore.endpoint.settings import EndpointSettings, ListenAddress
from sipcore.endpoint.trunk import TrunkChallenges
from sipcore.endpoint.visit_contacts import LiveVisitContacts
from sipcore.kernel.clock import Clock
from sipcore.kernel.entropy import Entropy
from sipcore.kernel.source import TrustedNetworks
from sipcore.transport.streams import StreamLimits
from sipcore.transport.websocket import WebSocketPolicy


def sip_endpoint(
    settings: Settings,
    listen: tuple[ListenAddress, ...],
    memory: Memory,
    registration: Registration,
    routing: Routing,
    telling: Telling,
    waker: Waker,
    tap: CaptureTap | None,
    clock: Clock,
    entropy: Entropy,
) -> SipEndpoint:
    """The endpoint; UnusableFileError when a certificate is no good."""
    visits: VisitContacts = NO_VISIT_CONTACTS
    if registration.visits is not None:
        visits = LiveVisitContacts(
            registration.visits, routing.locator, clock, memory.credentials.is_enabled
        )
    ports = EndpointPorts(
        names=registration.names,
        registrar=registration.registrar,
        location=memory.location,
        authenticator=registration.authenticator,
        planner=PressPlanner(routing.planner),
        locator=routing.locator,
        challenges=TrunkChallenges(routing.trunks.known, entropy),
        digits=telling.digits,
        journal=telling.facts,
        lines=routing.lines,
        watching=Watching(memory.dial),
        correspondence=Correspondence(memory.dial, clock.utc),
        clock=clock,
        entropy=entropy,
        tap=tap,
        waker=waker,
        visits=visits,
        registers={
            name: trunk.expires
            for name, trunk in settings.sip.trunk.items()
            if trunk.kind == "register"
        },
    )
    endpoint = SipEndpoint(_endpoint_settings(settings, listen), ports)
    accounts = registration.visits
    if accounts is not None:
        accounts.listen(endpoint.came_for_visit, endpoint.left_visit)
        memory.estate.listen(lambda user: accounts.drop_user(user, clock.utc()))
    return endpoint


def _endpoint_settings(settings: Settings, listen: tuple[ListenAddress, ...]) -> EndpointSettings:
    """What the operator decided, in the engine's words."""
    sip = settings.sip
    limits = sip.limits
    return EndpointSettings(
        sip.domain,
        sip.advertised_host,
        listen,
        session=SessionPolicy(sip.session.min_se, sip.session.default_expires),
        streams=StreamLimits(
            connections_that_fit(limits.connections),
            limits.connections_per_source,
            TrustedNetworks(limits.trusted),
        ),
        tls=tls_contexts(settings),
        web=WebSocketPolicy(sip.websocket.paths, sip.websocket.origins),
        max_calls=limits.calls,
        max_calls_per_source=limits.calls_per_source,
        defence=_defence(limits),
    )


def _defence(limits: LimitSettings) -> DefencePolicy:
    """What the operator decided about strangers."""
    return DefencePolicy(
        requests_per_second=limits.requests_per_second_per_source,
        ban_after_failures=limits.ban_after_failures,
        ban_time=limits.ban_time,
        trusted=limits.trusted,
        drop_user_agents=limits.drop_user_agents,
    )
