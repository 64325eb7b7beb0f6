"""Phones that register, and a registrar for them: accounts, requests and answered challenges."""

import re
from collections.abc import Sequence

from sipcore.kernel.flow import Flow
from sipcore.message.message import Request, Response, parse
from sipcore.registrar.binding import Binding, BindingFact
from sipcore.registrar.digest import DigestAuthenticator
from sipcore.registrar.digest_client import answer_challenge
from sipcore.registrar.hashes import ha1
from sipcore.registrar.local_names import LocalNames
from sipcore.registrar.location import Location
from sipcore.registrar.nonce import Nonces
from sipcore.registrar.policy import RegistrarPolicy
from sipcore.registrar.registrar import Registrar
from sipcore.registrar.visit_accounts import VisitAccounts
from tests.support.entropy import SequenceEntropy

DOMAIN = "doorline.test"
NOW = 1_800_000_000.0
FLOW = Flow("UDP", 0, "192.0.2.10", 5062)
CALL_ID = b"1-phone@192.0.2.10"
PASSWORD = "secret"
CONTACT = b"<sip:1001@192.0.2.10:5062>"


class Account:
    """A Credential with a password in clear."""

    def __init__(self, user: str, password: str, *, enabled: bool = True) -> None:
        self.user = user
        self.password = password
        self.enabled = enabled

    def ha1(self, algorithm: str) -> bytes:
        """H(A1) in the test domain."""
        return ha1(algorithm, self.user, DOMAIN, self.password)


class Accounts:
    """A CredentialStore of a few accounts."""

    def __init__(self, *accounts: Account) -> None:
        self.by_user = {account.user: account for account in accounts}

    def find(self, user: str) -> Account | None:
        """The account, if there is one."""
        return self.by_user.get(user)


def register(
    user: str = "1001",
    *,
    cseq: int = 1,
    call_id: bytes = CALL_ID,
    contacts: Sequence[bytes] = (CONTACT,),
    expires: int | None = 300,
    extra: Sequence[bytes] = (),
    uri: bytes = b"sip:doorline.test",
    to: bytes | None = None,
    via: Sequence[bytes] = (b"SIP/2.0/UDP 192.0.2.10:5062;rport;branch=z9hG4bK1",),
    method: bytes = b"REGISTER",
) -> Request:
    """A REGISTER as a phone of `user` sends it; `extra` are complete header lines."""
    aor = b"<sip:%b@%b>" % (user.encode(), DOMAIN.encode())
    lines = [
        method + b" " + uri + b" SIP/2.0",
        *(b"Via: " + value for value in via),
        b"Max-Forwards: 70",
        b"From: " + aor + b";tag=49583",
        b"To: " + (to or aor),
        b"Call-ID: " + call_id,
        b"CSeq: %d " % cseq + method,
        *(b"Contact: " + value for value in contacts),
        *((b"Expires: %d" % expires,) if expires is not None else ()),
        *extra,
        b"Content-Length: 0",
    ]
    request = parse(b"\r\n".join(lines) + b"\r\n\r\n")
    assert isinstance(request, Request)
    return request


def response_to(data: bytes) -> Response:
    """The parsed answer."""
    response = parse(data)
    assert isinstance(response, Response)
    return response


def binding(contact: str = "sip:1001@192.0.2.10:5062", **changed: object) -> Binding:
    """A binding of 1001 that lives for another 300 s, but for what is changed."""
    values: dict[str, object] = {
        "user": "1001",
        "contact": contact,
        "call_id": CALL_ID,
        "cseq": 1,
        "expires_at": NOW + 300,
        "q": 1.0,
        "path": (),
        "flow": FLOW,
        "user_agent": "",
        "instance": "",
        "reg_id": 0,
        "params": "",
        "updated_at": NOW,
        "raw": f"<{contact}>".encode(),
        "asked": -1,
    }
    return Binding(**(values | changed))  # type: ignore[arg-type]


class RegistrarBench:
    """A registrar with everything around it; time is what the test says."""

    def __init__(self, *accounts: Account, policy: RegistrarPolicy | None = None) -> None:
        self.visits = VisitAccounts(DOMAIN)
        self.accounts = Accounts(*(accounts or (Account("1001", PASSWORD),)))
        self.names = LocalNames(DOMAIN, ["192.0.2.100"])
        self.nonces = Nonces(b"0123456789abcdef", SequenceEntropy())
        self.authenticator = DigestAuthenticator(
            DOMAIN, self.accounts, self.nonces, self.names, visits=self.visits
        )
        self.location = Location()
        self.facts: list[BindingFact] = []
        self.location.listen(self.facts.append)
        policy = policy or RegistrarPolicy(expires_jitter=0.0)
        self.registrar = Registrar(
            self.names, self.authenticator, self.location, policy, self.visits
        )
        self.now = NOW
        self.count = 0
        self._challenge: list[bytes] = []
        self._challenged = FLOW

    def send(self, request: Request, flow: Flow = FLOW) -> Response:
        """What the registrar answers."""
        return response_to(self.registrar.handle(request, flow, self.now).reply)

    def credentials(
        self,
        user: str = "1001",
        password: str = PASSWORD,
        *,
        method: bytes = b"REGISTER",
        flow: Flow = FLOW,
    ) -> bytes:
        """A complete Authorization line for the next count of the last challenge."""
        if not self._challenge or flow != self._challenged:
            self.take_challenge(self.send(register(user), flow))
            self._challenged = flow
        self.count += 1
        uri = b"sip:doorline.test"
        value = answer_challenge(
            method, uri, self._challenge[:1], user, password, b"c", count=self.count
        )
        return b"Authorization: " + value

    def take_challenge(self, response: Response) -> None:
        """Use the challenges of this response from now on."""
        self._challenge = response.every(b"www-authenticate")
        self.count = 0

    def register(self, *, flow: Flow = FLOW, extra: Sequence[bytes] = (), **kw: object) -> Response:
        """The answer to a REGISTER with right credentials."""
        lines = (*extra, self.credentials(flow=flow))
        return self.send(register(extra=lines, **kw), flow)  # type: ignore[arg-type]


def nonce_of(challenge: bytes) -> bytes:
    """The nonce in a challenge line or value."""
    found = re.search(rb'nonce="([^"]*)"', challenge)
    assert found is not None
    return found[1]
