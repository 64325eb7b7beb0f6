"""Torture messages of our own: every difficulty of RFC 4475 and RFC 5118, and some beyond them.

They let the conformance tests say something where the IETF's messages are not at hand.
"""

from typing import Final

SDP: Final = b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"


def lines(*pieces: bytes, body: bytes = b"") -> bytes:
    """A message from its lines without line ends."""
    return b"\r\n".join(pieces) + b"\r\n\r\n" + body


def request(
    method: bytes = b"OPTIONS",
    uri: bytes = b"sip:guard@site.example",
    *extra: bytes,
    body: bytes = b"",
    **replaced: bytes | None,
) -> bytes:
    """A correct request with some of its lines replaced, left out (None) or added."""
    usual: dict[str, bytes | None] = {
        "start": b"%b %b SIP/2.0" % (method, uri),
        "via": b"Via: SIP/2.0/UDP door.site.example;branch=z9hG4bK42",
        "hops": b"Max-Forwards: 70",
        "source": b"From: <sip:door@site.example>;tag=31",
        "to": b"To: <sip:guard@site.example>",
        "call_id": b"Call-ID: own.1@door.site.example",
        "cseq": b"CSeq: 11 %b" % method,
        "length": b"Content-Length: %d" % len(body),
    }
    usual |= replaced
    return lines(*(line for line in usual.values() if line is not None), *extra, body=body)


def response(start: bytes, *extra: bytes, cseq: bytes = b"CSeq: 11 INVITE") -> bytes:
    """A correct response with this status line."""
    return lines(
        start,
        b"Via: SIP/2.0/UDP door.site.example;branch=z9hG4bK42",
        b"From: <sip:door@site.example>;tag=31",
        b"To: <sip:guard@site.example>;tag=32",
        b"Call-ID: own.1@door.site.example",
        cseq,
        b"Content-Length: 0",
        *extra,
    )


FOLDED: Final = lines(
    b"INVITE sip:guard@site.example;unknown SIP/2.0",
    b"TO :",
    b" sip:guard@site.example ;   tag    = 17n",
    b'fRoM   : "Door \\\\\\""       <sip:door@site.example>',
    b"  ;",
    b"\ttag = 98",
    b"MAX-forwards: 0071",
    b"i: own.folded@192.0.2.9",
    b"CONTENT-length   : 2",
    b"cseq: 0012",
    b"  INVITE",
    b"Via  : SIP  /   2.0",
    b" /UDP",
    b"    192.0.2.9;branch=390skdjuw",
    b"s :",
    b"X-Brand-New:   new value",
    b" and more of it",
    b"X-Odd: ;;,,;;,;",
    b"c: application/sdp",
    b"Route:",
    b" <sip:edge.site.example;lr;x=y;z>",
    b"v:  SIP  / 2.0  / TCP     edge.site.example   ;",
    b"  branch  =   z9hG4bK9  ,",
    b" SIP  /    2.0   / UDP  192.168.255.111   ; branch=",
    b" z9hG4bK30",
    b'm:"A \\"quoted\\" name" <sip:door@site.example> ; new =',
    b"      value ;",
    b"  second ; q = 0.33",
    body=b"v=",
)

OWN: Final[dict[str, bytes]] = {
    # RFC 4475 §3.1.1, valid
    "folded": FOLDED,
    "wide-characters": request(
        b"!odd-Method_*+`.%indeed'~",
        b"sip:1_odd.URI~(to-be!sure)&isn't+it$/mad?,/;;*:&pw=1,odd!*$_d~.(x)@site.example",
        b"X-!.%*+_`'~:\xef\xbb\xbf\xe5\xa4\xa7",
        via=b"Via: SIP/2.0/TCP door.site.example;branch=z9hG4bK-.!%66*_+`'~",
        to=b'To: "BEL:\\\x07 NUL:\\\x00 DEL:\\\x7f" <sip:1_odd.URI~(to-be!sure)@site.example>',
        source=b"From: t1~` t2'+_ t3*%!.- <sip:door@site.example>"
        b";p''~+*_!.-%=\"\xd1\x80\";tag=_t~1'+`*%!-.",
        call_id=b"Call-ID: own.w%ZK-!.*_+'@w`~)(><:\\/\"][?}{",
    ),
    "escapes": request(
        b"INVITE",
        b"sip:sips%3Aguard%40site.example@other.example",
        b"Contact: <sip:do%6Fr@site.example;%6C%72;n%61me=v%61lue%25%34%31>",
        to=b"To: sip:%67uar%64@site.example",
        source=b"From: <sip:I%20have%20spaces@site.example>;tag=938",
    ),
    "escaped-nul": request(
        b"REGISTER",
        b"sip:site.example",
        b"Contact: <sip:%00@door.site.example>",
        b"Contact: <sip:%00%00@door.site.example>",
        to=b"To: sip:nul-%00-nul@site.example",
    ),
    "percent-is-no-escape": request(
        b"RE%47IST%45R",
        b"sip:site.example",
        b"Contact: <sip:one@site.example>",
        b"C%6Fntact: <sip:two@site.example>",
        to=b'To: "%Z%45" <sip:guard@site.example>',
    ),
    "no-space-before-bracket": request(source=b"From: door<sip:door@site.example>;tag=1"),
    "long-values": request(
        b"INVITE",
        b"sip:guard@site.example",
        *(b"Via: SIP/2.0/TCP hop%d.site.example" % number for number in range(34)),
        b"Unknown-" + b"Long" * 60 + b"-Name: " + b"long" * 60,
        to=b'To: "'
        + b"long " * 80
        + b'"<sip:guard@site.example;'
        + b"p" * 200
        + b"="
        + b"v" * 200
        + b">",
        source=b"F: sip:" + b"long" * 60 + b"@site.example;tag=" + b"12" * 150,
        call_id=b"Call-ID: " + b"long" * 100,
    ),
    "surplus-octets": request() + request(b"INVITE"),
    "semicolon-in-user": request(uri=b"sip:guard;x=y%40z@site.example"),
    "unknown-transports": request(
        b"OPTIONS",
        b"sip:guard@site.example",
        b"Via: SIP/2.0/SCTP b.example;branch=z9hG4bK2",
        b"Via: SIP/2.0/UNKNOWN c.example;branch=z9hG4bK3",
    ),
    "binary-body": request(
        b"MESSAGE",
        b"sip:guard@site.example",
        b"Content-Type: multipart/mixed;boundary=b",
        body=b"--b\r\n\r\n\x00\x01\r\n\r\n\xff\xfe\r\n--b--\r\n",
    ),
    "reason-in-utf-8": response("SIP/2.0 200 = 1 + 1 снова и снова".encode()),
    "empty-reason": response(b"SIP/2.0 100 "),
    # RFC 4475 §3.1.2, invalid
    "stray-separators": request(via=b"Via: SIP/2.0/UDP 192.0.2.15;;,;,,"),
    "length-too-large": request(b"INVITE", length=b"Content-Length: 9999", body=SDP),
    "length-negative": request(b"INVITE", length=b"Content-Length: -999", body=SDP),
    "length-no-number": request(b"INVITE", length=b"Content-Length: five", body=SDP),
    "scalars-too-large": request(
        b"REGISTER",
        b"sip:site.example",
        b"Expires: " + b"1" * 100,
        cseq=b"CSeq: 36893488147419103232 REGISTER",
    ),
    "response-scalars-too-large": response(
        b"SIP/2.0 503 Service Unavailable", cseq=b"CSeq: 9292394834772304023312 OPTIONS"
    ),
    "open-quote": request(to=b'To: "Guard <sip:guard@site.example>'),
    "bracketed-request-uri": request(uri=b"<sip:guard@site.example>"),
    "space-in-request-uri": request(uri=b"sip:guard@site.example; lr"),
    "many-spaces-in-request-line": request(start=b"OPTIONS  sip:guard@site.example  SIP/2.0"),
    "spaces-after-request-line": request(start=b"OPTIONS sip:guard@site.example SIP/2.0  "),
    "headers-in-request-uri": request(uri=b"sip:guard@site.example?Route=%3Csip:site.example%3E"),
    "date-in-another-zone": request(
        b"OPTIONS", b"sip:guard@site.example", b"Date: Fri, 01 Jan 2010 16:00:00 EST"
    ),
    "contact-needs-brackets": request(
        b"REGISTER", b"sip:site.example", b"Contact: sip:door@site.example?Route=%3Csip:x%3E"
    ),
    "spaces-in-addr-spec": request(to=b'To: "Watson" < sip:guard@site.example >'),
    "comma-in-display-name": request(source=b"From: Door, Front <sip:door@site.example>;tag=1"),
    "no-empty-line": request()[:-2],
    "another-version": request(
        start=b"OPTIONS sip:guard@site.example SIP/7.0", via=b"Via: SIP/7.0/UDP h;branch=z9hG4bK1"
    ),
    "method-mismatch": request(cseq=b"CSeq: 11 INVITE"),
    "unknown-method-mismatch": request(b"NEWMETHOD", cseq=b"CSeq: 11 INVITE"),
    "status-too-large": response(b"SIP/2.0 4294967301 better not break the receiver"),
    # RFC 4475 §3.2 to §3.4
    "branch-without-identifier": request(via=b"Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK"),
    "missing-headers": request(b"INVITE", call_id=None, source=None, to=None),
    "unknown-scheme": request(uri=b"nobodyKnowsThis:opaque"),
    "unusual-scheme": request(uri=b"soap.beep://192.0.2.103:3002"),
    "unknown-schemes-in-headers": request(
        b"OPTIONS",
        b"sip:guard@site.example",
        b"Contact: <name:Door>",
        to=b"To: isbn:2983792873",
        source=b"From: <http://www.example.com>;tag=3",
    ),
    "required-extensions": request(b"OPTIONS", b"sip:guard@site.example", b"Require: a, b"),
    "unknown-body": request(
        b"INVITE", b"sip:guard@site.example", b"Content-Type: application/unknown", body=b"<a/>"
    ),
    "unknown-authorization": request(
        b"REGISTER", b"sip:site.example", b"Authorization: NobodyKnowsThis opaque=here"
    ),
    "single-headers-twice": request(
        b"INVITE",
        b"sip:guard@site.example",
        b"CSeq: 59 INVITE",
        b"Call-ID: other",
        b"To: sip:x@site.example",
        b"From: sip:y@site.example;tag=2",
        b"Max-Forwards: 5",
    ),
    "two-lengths": request(
        b"OPTIONS",
        b"sip:guard@site.example",
        b"l: 5",
        length=b"Content-Length: 13",
        body=b"how many octets?",
    ),
    "response-for-another-hop": response(
        b"SIP/2.0 200 OK", b"Via: SIP/2.0/UDP 255.255.255.255;branch=z9hG4bK1"
    ),
    "no-hops-left": request(hops=b"Max-Forwards: 0"),
    "contact-parameter": request(
        b"REGISTER", b"sip:site.example", b"Contact: sip:+3712000@gw.example;unknown"
    ),
    "contact-uri-parameter": request(
        b"REGISTER", b"sip:site.example", b"Contact: <sip:+3712000@gw.example;unknown>"
    ),
    "contact-uri-with-header": request(
        b"REGISTER", b"sip:site.example", b"M: <sip:door@site.example?Route=%3Csip:x%3E>"
    ),
    "rfc2543": request(
        b"INVITE",
        b"sip:guard@site.example",
        b"Content-Type: application/sdp",
        via=b"Via: SIP/2.0/UDP door.site.example",
        source=b"From: <sip:door@site.example;user=phone>",
        hops=None,
        length=None,
        body=SDP,
    ),
    # RFC 5118
    "ipv6-in-brackets": request(
        uri=b"sip:[2001:db8::10]", via=b"Via: SIP/2.0/UDP [2001:db8::9:1];branch=z9hG4bK1"
    ),
    "ipv6-without-brackets": request(uri=b"sip:2001:db8::10"),
    "ipv6-port-inside-brackets": request(uri=b"sip:[2001:db8::10:5070]"),
    "ipv6-port-after-brackets": request(uri=b"sip:[2001:db8::10]:5070"),
    "ipv6-received": request(
        via=b"Via: SIP/2.0/UDP [2001:db8::9:1];received=2001:db8::9:255;branch=z9hG4bK1"
    ),
    "ipv6-received-in-brackets": request(
        via=b"Via: SIP/2.0/UDP [2001:db8::9:1];received=[2001:db8::9:255];branch=z9hG4bK1"
    ),
    "ipv6-and-ipv4-vias": request(
        b"BYE",
        b"sip:guard@site.example",
        b"Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1",
        b"Via: SIP/2.0/TCP [2001:db8::9:255];branch=z9hG4bK2;received=192.0.2.200",
        via=b"Via: SIP/2.0/UDP [2001:db8::9:1]:6050;branch=z9hG4bK3",
    ),
    "ipv4-in-ipv6": request(
        b"INVITE",
        b"sip:guard@site.example",
        b'Contact: "Door" <sip:door@[::ffff:192.0.2.2]>',
        via=b"Via: SIP/2.0/UDP [::ffff:192.0.2.10]:19823;branch=z9hG4bK1",
    ),
    "ipv6-third-colon": request(uri=b"sip:guard@[2001:db8:::192.0.2.1]"),
    "ipv6-two-colons": request(uri=b"sip:guard@[2001:db8::192.0.2.1]"),
    "ipv6-nonsense": request(uri=b"sip:guard@[2001:db8::1::2]"),
    # Beyond both
    "compact-names": lines(
        b"SUBSCRIBE sip:guard@site.example SIP/2.0",
        b"v:SIP/2.0/UDP door.site.example;branch=z9hG4bK42",
        b"f:<sip:door@site.example>;tag=31",
        b"t:<sip:guard@site.example>",
        b"i:own.1",
        b"m:<sip:door@site.example>",
        b"o:presence",
        b"k:path",
        b"CSeq:11 SUBSCRIBE",
        b"l:0",
    ),
    "empty-lines-first": b"\r\n\r\n" + request(),
    "latin-1-display-name": request(source=b'From: "T\xfcr" <sip:door@site.example>;tag=1'),
    "unquoted-utf-8-display-name": request(
        source="From: Дверь 1 <sip:door@site.example>;tag=1".encode()
    ),
    "hash-in-user": request(b"INVITE", b"sip:1#1001@site.example"),
    "non-utf-8-in-unknown-header": request(
        b"OPTIONS", b"sip:guard@site.example", b"X: \xff\xfe\x00"
    ),
    "nul-in-call-id": request(call_id=b"Call-ID: a\x00b"),
    "nul-in-user": request(uri=b"sip:gu\x00ard@site.example"),
    "lf-only": request().replace(b"\r\n", b"\n"),
    "lf-hides-a-header": request(
        b"OPTIONS", b"sip:guard@site.example", b"Subject: x\nRoute: <sip:evil>"
    ),
    "cr-hides-a-header": request(
        b"OPTIONS", b"sip:guard@site.example", b"Subject: x\rRoute: <sip:evil>"
    ),
    "header-without-colon": request(b"OPTIONS", b"sip:guard@site.example", b"Foobar roobar"),
    "header-name-with-space": request(b"OPTIONS", b"sip:guard@site.example", b"Foo bar: x"),
    "too-many-headers": request(b"OPTIONS", b"sip:guard@site.example", *(b"X: y",) * 300),
    "too-large": request(body=bytes(70_000)),
    "tag-twice": request(source=b"From: <sip:door@site.example>;tag=1;tag=2"),
    "port-zero": request(uri=b"sip:guard@site.example:0"),
    "cseq-with-underscore": request(cseq=b"CSeq: 1_1 OPTIONS"),
    "cseq-in-other-digits": request(cseq="CSeq: ١١ OPTIONS".encode()),
    "broken-ack": request(b"ACK", length=b"Content-Length: 9999"),
    "invite-with-two-contacts": request(
        b"INVITE", b"sip:guard@site.example", b"Contact: <sip:a@x>", b"Contact: <sip:b@x>"
    ),
    "star-beside-a-contact": request(b"REGISTER", b"sip:site.example", b"Contact: *, <sip:a@x>"),
    "stun-with-a-wrong-cookie": b"\x00\x01\x00\x00\x21\x12\xa4\x43" + bytes(12),
    "http-request": b"GET / HTTP/1.1\r\nHost: site.example\r\n\r\n",
}
"""Name of the difficulty → message."""
