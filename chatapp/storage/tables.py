"""The tables. `*_at` is UTC integer milliseconds; ids are 63-bit and roughly time-ordered."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

# SQLite's row id is an INTEGER and nothing else.
Id = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

installation = Table(
    "installation",
    metadata,
    Column("installation_id", String(32), primary_key=True),
    Column("history_id", String(32), nullable=False),
    Column("cleaned_at", BigInteger, nullable=False),
)

users = Table(
    "users",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("username", String(32), nullable=False),
    Column("role", String(16), nullable=False),
    Column("is_temporary", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    # As Argon2 writes it, with its salt and cost (RFC 9106, PHC string format); none where the name has no password.
    Column("password_hash", String(255)),
    # Until when the person may read and not write; 0 for who may write.
    Column("muted_until", BigInteger, nullable=False, server_default="0"),
    Column("banned_at", BigInteger),
    # When the account was given up: what the person said stays under `former member`.
    Column("left_at", BigInteger),
    # What is still to be done with it: `keep` or `erase`; NULL when nothing is.
    Column("leaving", String(8)),
)

# Whose a name is. A row of its own, so that a name can pass on to another person.
names = Table(
    "names",
    metadata,
    Column("folded", String(128), primary_key=True),
    Column("user_id", Id, ForeignKey("users.id"), nullable=False, unique=True),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", LargeBinary(32), primary_key=True),
    Column("user_id", Id, ForeignKey("users.id"), nullable=False, index=True),
    Column("created_at", BigInteger, nullable=False),
    # What the person knows it by; the token is known to nobody here.
    Column("id", Id, nullable=False),
    # What it is used with and where from, in words; and the keyed hash of what tells one browser from another.
    Column("device", String(200), nullable=False),
    Column("address", String(45), nullable=False),
    Column("device_hash", LargeBinary(32)),
    Column("last_used_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
    Index("uq_sessions_id", "id", unique=True),
)

rooms = Table(
    "rooms",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", String(64), nullable=False),
    Column("topic", Text, nullable=False),
    Column("first_seq", BigInteger, nullable=False),
    Column("last_seq", BigInteger, nullable=False),
    Column("rev", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    # The change that last removed messages: whoever has seen less starts afresh. 0 before there was one.
    Column("trimmed_rev", BigInteger, nullable=False, server_default="0"),
    # public: everybody's. private: its members'. direct: a conversation of those whose ids are `direct_key`.
    Column("kind", String(16), nullable=False, server_default="public"),
    Column("created_by", BigInteger),
    Column("archived_at", BigInteger),
    Column("direct_key", String(255)),
    # What the room keeps, NULL as the chat does and 0 without end; while it is held, nothing goes.
    Column("retention_days", Integer),
    Column("retention_messages", Integer),
    Column("held_at", BigInteger),
    Index("uq_rooms_direct_key", "direct_key", unique=True),
)

memberships = Table(
    "memberships",
    metadata,
    Column("user_id", Id, ForeignKey("users.id"), primary_key=True),
    Column("room_id", String(64), ForeignKey("rooms.id"), primary_key=True),
    Column("read_seq", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index("ix_memberships_room_id", "room_id"),
)

messages = Table(
    "messages",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("room_id", String(64), ForeignKey("rooms.id"), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("rev", BigInteger, nullable=False),
    Column("client_id", String(64)),
    Column("user_id", Id, ForeignKey("users.id"), nullable=False),
    Column("username", String(32), nullable=False),
    Column("message", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("edited_at", BigInteger),
    Column("deleted_at", BigInteger),
    # No foreign key: what was replied to may be cleaned up earlier.
    Column("reply_to", BigInteger),
    # Ids of people as the message is told with them, so that reading one is reading one row.
    Column("mentions", JSON(none_as_null=True)),
    Column("reactions", JSON(none_as_null=True)),
    Index("uq_messages_room_id_seq", "room_id", "seq", unique=True),
    # What makes a repeated send harmless for ever: one message for a person's `client_id`.
    Index("uq_messages_user_id_client_id", "user_id", "client_id", unique=True),
    Index("uq_messages_room_id_rev", "room_id", "rev", unique=True),
)

# What messages said before they were edited, until the change `rev`.
edits = Table(
    "edits",
    metadata,
    Column("message_id", Id, ForeignKey("messages.id"), primary_key=True),
    Column("rev", BigInteger, primary_key=True),
    Column("message", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

# Who is mentioned where, to count those that are unread.
mentions = Table(
    "mentions",
    metadata,
    Column("user_id", Id, ForeignKey("users.id"), primary_key=True),
    Column("room_id", String(64), ForeignKey("rooms.id"), primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Index("ix_mentions_room_id_seq", "room_id", "seq"),
)

# The `client_id`s of messages that the cleanup removed, kept 30 days longer: a late repeat must not store again.
retired_client_ids = Table(
    "retired_client_ids",
    metadata,
    Column("user_id", Id, primary_key=True, autoincrement=False),
    Column("client_id", String(64), primary_key=True),
    Column("retired_at", BigInteger, nullable=False, index=True),
)

# What the host has chosen: a row for each choice, absent while the default holds.
choices = Table(
    "choices",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", JSON(none_as_null=True)),
)

# Links that work once: to become the host, or to carry a session to another address of this server.
codes = Table(
    "codes",
    metadata,
    Column("code_hash", LargeBinary(32), primary_key=True),
    Column("purpose", String(16), nullable=False),
    # Whose session a code carries on; it ends with that session.
    Column("token_hash", LargeBinary(32), ForeignKey("sessions.token_hash", ondelete="CASCADE"), index=True),
    # Who signs in with it, where it is no session that goes on.
    Column("user_id", Id, ForeignKey("users.id", ondelete="CASCADE"), index=True),
    Column("expires_at", BigInteger, nullable=False, index=True),
)

# The origins at which this server was reached, to let its own pages find it again from an address it had.
origins = Table(
    "origins",
    metadata,
    Column("origin", String(255), primary_key=True),
    Column("seen_at", BigInteger, nullable=False),
)

# Links by which new people come in; `uses_left` counts down, and is NULL where there is no end to it.
invitations = Table(
    "invitations",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("code_hash", LargeBinary(32), nullable=False),
    Column("role", String(16), nullable=False),
    Column("uses_left", Integer),
    Column("created_by", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Index("uq_invitations_code_hash", "code_hash", unique=True),
)

# What may not come in: the devices of a person who is banned, and addresses.
bans = Table(
    "bans",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("user_id", Id, ForeignKey("users.id"), index=True),
    Column("device_hash", LargeBinary(32), index=True),
    Column("address", String(45), index=True),
    Column("created_by", BigInteger),
    Column("created_at", BigInteger, nullable=False),
)

# Who did what to whom, with the names of that moment; nothing refers to rows that may go. `actor_id` is NULL for
# whoever runs the program.
audit = Table(
    "audit",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("created_at", BigInteger, nullable=False),
    Column("actor_id", BigInteger),
    Column("actor", String(32), nullable=False),
    Column("action", String(40), nullable=False),
    Column("subject_id", String(64)),
    Column("subject", String(255), nullable=False),
    Column("detail", JSON(none_as_null=True)),
)

# What cleanups took from rooms: the messages from `first_seq` to before `before_seq`. They lie in `messages` below the
# room's `first_seq`, where nobody sees them, until they are taken back or erased.
trims = Table(
    "trims",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("room_id", String(64), ForeignKey("rooms.id"), nullable=False, index=True),
    Column("first_seq", BigInteger, nullable=False),
    Column("before_seq", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("undone_at", BigInteger),
    Column("erased_at", BigInteger),
)

# What came from an archive: which row of ours each thing became, so that bringing it twice changes nothing.
imported = Table(
    "imported",
    metadata,
    Column("source", String(64), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("source_id", String(128), primary_key=True),
    Column("local_id", String(64), nullable=False),
)
