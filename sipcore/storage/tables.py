"""Tables of the engine. Times are seconds since the epoch, UTC."""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    false,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""Everything `sipcore.storage` reads and writes; the program's migrations create it."""

bindings = Table(
    "bindings",
    metadata,
    Column("user", Text, primary_key=True),
    Column("contact", Text, primary_key=True),
    # "<reg-id> <instance>" where outbound rules applied, else empty (RFC 5626 §6)
    Column("outbound", Text, primary_key=True, server_default=text("''")),
    Column("call_id", LargeBinary, nullable=False),
    Column("cseq", Integer, nullable=False),
    Column("expires_at", Float, nullable=False),
    Column("q", Float, nullable=False),
    # Path values, one a line
    Column("path", Text, nullable=False),
    Column("transport", Text, nullable=False),
    Column("listener", Integer, nullable=False),
    Column("host", Text, nullable=False),
    Column("port", Integer, nullable=False),
    Column("user_agent", Text, nullable=False),
    Column("instance", Text, nullable=False),
    Column("reg_id", Integer, nullable=False),
    Column("params", Text, nullable=False),
    Column("updated_at", Float, nullable=False),
    # the Contact value as received, and seconds in its own expires parameter or -1
    Column("raw", LargeBinary, nullable=False),
    Column("asked", Integer, nullable=False),
    # contact, raw and params of a phone with a push token (`sealed_contact`): those columns say
    # none then
    Column("sealed", LargeBinary),
    sqlite_with_rowid=False,
)
"""Where accounts could be reached when the server stopped."""

calls = Table(
    "calls",
    metadata,
    Column("id", Text, primary_key=True),
    Column("sip_call_id", Text, nullable=False),
    Column("site_id", Integer),
    Column("is_visit", Boolean, nullable=False),
    Column("call_type", Text, nullable=False),
    Column("caller_kind", Text, nullable=False),
    Column("caller_user", Text, nullable=False),
    Column("caller_display", Text, nullable=False),
    Column("caller_device_id", Integer),
    Column("dialled", Text, nullable=False),
    Column("callee", Text, nullable=False),
    Column("apartment_id", Integer),
    Column("started_at", Float, nullable=False),
    Column("answered_at", Float),
    Column("ended_at", Float),
    # seconds from the answer to the end; NULL when nobody answered
    Column("duration", Float),
    # answered, missed, refused, busy, abandoned, failed, interrupted; NULL while the call is open
    Column("outcome", Text),
    Column("end_by", Text),
    Column("end_reason", Text),
    Column("status", Integer),
    Column("answered_by_kind", Text),
    Column("answered_by_user", Text),
    Column("answered_by_display", Text),
    # display name of who opened a door during the call
    Column("opened_by", Text),
    Column("plan", JSON(none_as_null=True)),
    # whether somebody's phone rang and nobody answered or refused; decided at the end
    Column("missed", Boolean, nullable=False, server_default=false()),
    # account (or number) of who opened, and the relay
    Column("opened_by_user", Text),
    Column("opened_relay_id", Integer),
    Index(None, "site_id", "started_at"),
    Index(None, "started_at"),
)
"""One row for each call that a caller tried to make; of a door phone's calls, the visits."""

call_legs = Table(
    "call_legs",
    metadata,
    Column("call_id", Text, primary_key=True),
    Column("leg", Integer, primary_key=True, autoincrement=False),
    Column("stage", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("user", Text, nullable=False),
    Column("display", Text, nullable=False),
    Column("contact", Text, nullable=False),
    Column("started_at", Float, nullable=False),
    Column("rang_at", Float),
    Column("answered_at", Float),
    Column("ended_at", Float),
    Column("status", Integer),
    # answered, failed, released, interrupted; NULL while it rings
    Column("outcome", Text),
    Column("reason", Text),
    Column("device_id", Integer),
    Column("person_id", Integer),
    # Call-ID of its INVITE; empty when none was sent
    Column("sip_call_id", Text),
)
"""B-legs: everybody who was rung, contact by contact."""

call_events = Table(
    "call_events",
    metadata,
    Column("call_id", Text, primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    # [[at, kind, detail], ...] of what was written together, at in microseconds
    Column("events", JSON, nullable=False),
    sqlite_with_rowid=False,
)
"""The timeline of a call, in the order in which things happened."""

pictures = Table(
    "pictures",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("site_id", Integer, nullable=False),
    Column("device_id", Integer, nullable=False),
    Column("at", Float, nullable=False),
    # both JPEG
    Column("full", LargeBinary, nullable=False),
    Column("thumbnail", LargeBinary, nullable=False),
    Index(None, "site_id"),
    Index(None, "device_id", "at"),
    Index(None, "at"),
)
"""What doors' cameras saw."""
