"""A small name server on the loopback interface, with a zone given as text."""

import socket
import threading
from types import TracebackType
from typing import Self

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
import dns.zone


class NameServer:
    """Answers from one zone file; a context manager.

    `asked` are the questions that came, as `name TYPE`. While `is_silent` is set it says nothing.
    """

    def __init__(self, origin: str, zone: str) -> None:
        head = f"$ORIGIN {origin}.\n$TTL 60\n@ SOA ns admin 1 60 60 60 30\n@ NS ns\n"
        self._origin = dns.name.from_text(f"{origin}.")
        self._zone = dns.zone.from_text(head + zone, origin=self._origin, relativize=False)
        self.asked: list[str] = []
        self.is_silent = False
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(0.1)
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="name server")

    @property
    def address(self) -> str:
        """`127.0.0.1:port`, as the settings want it."""
        return f"127.0.0.1:{self._socket.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._is_over.set()
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while not self._is_over.is_set():
            try:
                data, peer = self._socket.recvfrom(4096)
            except OSError:
                continue
            query = dns.message.from_wire(data)
            question = query.question[0]
            kind = dns.rdatatype.to_text(question.rdtype)
            self.asked.append(f"{question.name.to_text(omit_final_dot=True)} {kind}")
            if not self.is_silent:
                self._socket.sendto(self._answer(query, question).to_wire(), peer)

    def _answer(self, query: dns.message.Message, question: dns.rrset.RRset) -> dns.message.Message:
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.AA
        name = question.name
        if not name.is_subdomain(self._origin):
            answer.set_rcode(dns.rcode.REFUSED)
            return answer
        found = self._zone.get_rdataset(name, question.rdtype)
        if found is not None:
            answer.answer.append(dns.rrset.from_rdata_list(name, found.ttl, list(found)))
            return answer
        if self._zone.get_node(name) is None:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        soa = self._zone.get_rdataset(self._origin, "SOA")
        if soa is not None:
            answer.authority.append(dns.rrset.from_rdata_list(self._origin, soa.ttl, list(soa)))
        return answer
