# cython: language_level=3, boundscheck=False, wraparound=False
"""Receives and sends datagrams with little more than what Linux itself needs for it.

A socket of Python makes room for the longest datagram, writes the address out and asks the kernel
anew for each one. Here one question brings all that have come (recvmmsg(2)), an address is a
`Flow` from the moment it is known, and goes to the kernel as it was once read. `udp` does the same
with Python's sockets where this is not compiled.

The interpreter is held while datagrams are taken, which never waits, and let go of while one is
sent: that is when the threads that write to the database get their turn.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.errno cimport EAGAIN, EINTR, errno
from libc.stdint cimport uint16_t, uint32_t
from libc.string cimport memcpy, memset

from sipcore.kernel.memo import remember

cdef extern from "<netinet/in.h>" nogil:
    struct in_addr:
        pass
    struct in6_addr:
        pass
    struct sockaddr:
        pass
    struct sockaddr_in:
        uint16_t sin_family
        uint16_t sin_port
        in_addr sin_addr
    struct sockaddr_in6:
        uint16_t sin6_family
        uint16_t sin6_port
        in6_addr sin6_addr
    uint16_t htons(uint16_t number)
    uint16_t ntohs(uint16_t number)

cdef extern from "<arpa/inet.h>" nogil:
    const char* inet_ntop(int family, const void* address, char* text, uint32_t size)
    int inet_pton(int family, const char* text, void* address)

cdef extern from "<sys/socket.h>" nogil:
    enum:
        AF_INET
        AF_INET6
        MSG_DONTWAIT
    struct iovec:
        void* iov_base
        size_t iov_len
    struct msghdr:
        void* msg_name
        uint32_t msg_namelen
        iovec* msg_iov
        size_t msg_iovlen
    struct mmsghdr:
        msghdr msg_hdr
        unsigned int msg_len
    int recvmmsg(int descriptor, mmsghdr* messages, unsigned int most, int flags, void* timeout)
    ssize_t sendto(
        int descriptor, const void* data, size_t size, int flags, const sockaddr* to, uint32_t length
    )

cdef enum:
    MOST = 32  # datagrams taken at a time
    LONGEST = 65535  # octets of one
    TEXT = 64  # octets of an address in words, and more
    V4 = 4  # octets of an address
    V6 = 16

cdef union Address:
    sockaddr any
    sockaddr_in v4
    sockaddr_in6 v6

cdef char[MOST][LONGEST] _room
"""Memory that is touched as far as datagrams need it; there is one, as there is one event loop."""
cdef Address[MOST] _sources
cdef iovec[MOST] _pieces
cdef mmsghdr[MOST] _messages
cdef dict _known = {}
"""Addresses as octets, by what they are in words."""


def take_datagrams(int descriptor, dict flows not None, make not None, int most):
    """What has come, at most `most` datagrams, each with its flow; empty when nothing has.

    Raises ValueError when there is no room for so many.

    `flows` has flows by address and port as octets; `make` is told these, the address in words
    and the port when it has not, and returns the flow. An ICMP error of an earlier datagram is
    passed over (RFC 3261 §18.4).
    """
    cdef int count, at
    cdef int attempts = 0
    cdef bytes place
    cdef list found = []
    if not 0 < most <= MOST:
        raise ValueError(f"room for 1 to {MOST} datagrams, not {most}")
    while True:
        for at in range(most):
            _messages[at].msg_hdr.msg_namelen = sizeof(Address)
        count = recvmmsg(descriptor, _messages, <unsigned int>most, MSG_DONTWAIT, NULL)
        attempts += 1
        if count >= 0:
            break
        if errno == EAGAIN or attempts > most:
            return found
    for at in range(count):
        place = _place(&_sources[at])
        flow = flows.get(place)
        if flow is None:
            host, port = _in_words(&_sources[at])
            flow = make(place, host, port)
        found.append((PyBytes_FromStringAndSize(_room[at], _messages[at].msg_len), flow))
    return found


def send_datagram(int descriptor, bytes data not None, str host not None, int port):
    """Send one datagram: 0, or what errno says; -1 when the host is no address of four or 16 octets."""
    cdef Address there
    cdef uint32_t length
    cdef const char* begin = PyBytes_AS_STRING(data)
    cdef size_t size = <size_t>PyBytes_GET_SIZE(data)
    cdef ssize_t sent
    cdef int error = 0
    cdef object known = _known.get(host)
    cdef bytes octets = known if known is not None else _octets(host)
    if octets is None:
        return -1
    memset(&there, 0, sizeof(Address))
    if PyBytes_GET_SIZE(octets) == V4:
        there.v4.sin_family = AF_INET
        there.v4.sin_port = htons(<uint16_t>port)
        memcpy(&there.v4.sin_addr, PyBytes_AS_STRING(octets), V4)
        length = sizeof(sockaddr_in)
    else:
        there.v6.sin6_family = AF_INET6
        there.v6.sin6_port = htons(<uint16_t>port)
        memcpy(&there.v6.sin6_addr, PyBytes_AS_STRING(octets), V6)
        length = sizeof(sockaddr_in6)
    with nogil:
        while True:
            sent = sendto(descriptor, begin, size, MSG_DONTWAIT, &there.any, length)
            if sent >= 0:
                break
            error = errno
            if error != EINTR:
                break
            error = 0
    return error


cdef bytes _place(Address* source):
    """Address and port as octets: six or 18 of them."""
    cdef char[V6 + 2] place
    if source.v4.sin_family == AF_INET6:
        memcpy(place, &source.v6.sin6_port, 2)
        memcpy(place + 2, &source.v6.sin6_addr, V6)
        return PyBytes_FromStringAndSize(place, V6 + 2)
    memcpy(place, &source.v4.sin_port, 2)
    memcpy(place + 2, &source.v4.sin_addr, V4)
    return PyBytes_FromStringAndSize(place, V4 + 2)


cdef tuple _in_words(Address* source):
    cdef char[TEXT] text
    if source.v4.sin_family == AF_INET6:
        inet_ntop(AF_INET6, &source.v6.sin6_addr, text, TEXT)
        return text.decode("ascii"), ntohs(source.v6.sin6_port)
    inet_ntop(AF_INET, &source.v4.sin_addr, text, TEXT)
    return text.decode("ascii"), ntohs(source.v4.sin_port)


cdef bytes _octets(str host):
    """The address that is written there; None when it is none."""
    cdef char[V6] address
    cdef bytes written = host.encode("utf-8", "surrogateescape")
    if b"\0" in written:
        return None
    if inet_pton(AF_INET, PyBytes_AS_STRING(written), address) == 1:
        return remember(_known, host, PyBytes_FromStringAndSize(address, V4))
    if inet_pton(AF_INET6, PyBytes_AS_STRING(written), address) == 1:
        return remember(_known, host, PyBytes_FromStringAndSize(address, V6))
    return None


cdef void _arrange() noexcept:
    cdef int at
    for at in range(MOST):
        _pieces[at].iov_base = _room[at]
        _pieces[at].iov_len = LONGEST
        _messages[at].msg_hdr.msg_name = &_sources[at]
        _messages[at].msg_hdr.msg_iov = &_pieces[at]
        _messages[at].msg_hdr.msg_iovlen = 1


_arrange()
