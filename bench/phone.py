"""One account that watches and writes: SUBSCRIBE and MESSAGE with credentials, and garbage."""

import hashlib
import itertools
import random
import re
import select
import socket
import time

from bench.load import DOMAIN

PATIENCE = 4.0
"""Seconds to wait for an answer among those to garbage."""
_NONCE = re.compile(rb'nonce="([^"]*)"')


class Phone:
    """Asks over UDP, proves who it is when asked to, and answers what it is sent."""

    def __init__(self, user: str, password: str, server: str) -> None:
        self._user = user
        self._password = password
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        host, port = server.rsplit(":", 1)
        self._socket.connect((host, int(port)))
        self._friends: list[socket.socket] = []
        self._count = itertools.count(1)
        self._random = random.Random(user)  # noqa: S311 - nothing secret

    def look_after(self, friend: "Phone") -> None:
        """Answer for another phone as well."""
        self._friends.append(friend._socket)

    def register(self, seconds: int) -> bytes:
        """Be reachable for some time; the status of the answer."""
        return self._ask("REGISTER", f"sip:{DOMAIN}", f"Expires: {seconds}\r\n", about=self._user)

    def subscribe(self, seconds: int) -> bytes:
        """Watch the own registrations for some time; the status of the answer."""
        uri = f"sip:{self._user}@{DOMAIN}"
        return self._ask("SUBSCRIBE", uri, f"Event: reg\r\nExpires: {seconds}\r\n")

    def message(self, user: str) -> bytes:
        """Write to somebody; the status of the answer."""
        return self._ask("MESSAGE", f"sip:{user}@{DOMAIN}", "", "hello")

    def garbage(self) -> None:
        """Send what nobody can read."""
        head = self._random.choice((b"", b"INVITE sip:x SIP/2.0\r\n", b"SIP/2.0 200 OK\r\nVia:"))
        self._socket.send(head + self._random.randbytes(self._random.randrange(1, 900)))

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _ask(self, method: str, uri: str, extra: str, body: str = "", about: str = "") -> bytes:
        number = next(self._count)
        call_id = f"{self._user}-{method}-{number}@bench"
        to = f"sip:{about}@{DOMAIN}" if about else uri
        answer = self._send(method, uri, to, extra, body, call_id, 1, "")
        if answer[8:11] in (b"401", b"407"):
            line = proof(method, uri, self._user, self._password, answer)
            answer = self._send(method, uri, to, extra, body, call_id, 2, line)
        return answer[8:11]

    def _send(
        self,
        method: str,
        uri: str,
        to: str,
        extra: str,
        body: str,
        call_id: str,
        cseq: int,
        proof: str,
    ) -> bytes:
        port = self._socket.getsockname()[1]
        self._socket.send(
            f"{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{port};rport;"
            f"branch=z9hG4bK{call_id[:-6]}-{cseq}\r\nMax-Forwards: 70\r\n"
            f"From: <sip:{self._user}@{DOMAIN}>;tag=t{call_id[:-6]}\r\nTo: <{to}>\r\n"
            f"Call-ID: {call_id}\r\nCSeq: {cseq} {method}\r\n"
            f"Contact: <sip:{self._user}@127.0.0.1:{port}>\r\n{proof}{extra}"
            f"{'Content-Type: text/plain' + chr(13) + chr(10) if body else ''}"
            f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
        )
        wanted = f"CSeq: {cseq} {method}".encode()
        end = time.monotonic() + PATIENCE
        while (left := end - time.monotonic()) > 0:
            for each in select.select([self._socket, *self._friends], [], [], left)[0]:
                received = each.recv(65535)
                if not received.startswith(b"SIP/2.0"):
                    _answer(each, received)
                elif wanted in received and call_id.encode() in received and received[8:9] != b"1":
                    return received
        return b""


def _answer(over: socket.socket, request: bytes) -> None:
    """200 to whatever it is."""
    lines = request.split(b"\r\n")
    kept = (b"via:", b"from:", b"to:", b"call-id:", b"cseq:")
    head = [line for line in lines[1:] if line.lower().startswith(kept)]
    over.send(b"\r\n".join((b"SIP/2.0 200 OK", *head, b"Content-Length: 0", b"", b"")))


def proof(method: str, uri: str, user: str, password: str, challenge: bytes) -> str:
    """The line that answers a challenge (RFC 7616 §3.4)."""
    nonce = _NONCE.search(challenge)
    if nonce is None:
        return ""
    first, second = _md5(f"{user}:{DOMAIN}:{password}"), _md5(f"{method}:{uri}")
    response = _md5(f"{first}:{nonce[1].decode()}:00000001:0a4f:auth:{second}")
    return (
        f"{'Proxy-' if challenge[8:11] == b'407' else ''}Authorization: Digest "
        f'username="{user}", realm="{DOMAIN}", nonce="{nonce[1].decode()}", uri="{uri}", '
        f'response="{response}", algorithm=MD5, cnonce="0a4f", qop=auth, nc=00000001\r\n'
    )


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
