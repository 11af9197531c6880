"""People and rooms: sessions by device, passwords, invitations, bans, the audit log; private rooms."""

import time

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
YEAR_MS = 365 * 24 * 3600 * 1000


def upgrade() -> None:
    """People and rooms: sessions by device, passwords, invitations, bans, the audit log; private rooms."""
    op.add_column("users", sa.Column("password_hash", sa.String(length=255), nullable=True))
    op.add_column("users", sa.Column("muted_until", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("users", sa.Column("banned_at", sa.BigInteger(), nullable=True))
    op.add_column("rooms", sa.Column("kind", sa.String(length=16), server_default="public", nullable=False))
    op.add_column("rooms", sa.Column("created_by", sa.BigInteger(), nullable=True))
    op.add_column("rooms", sa.Column("archived_at", sa.BigInteger(), nullable=True))
    op.add_column("rooms", sa.Column("direct_key", sa.String(length=255), nullable=True))
    op.create_index("uq_rooms_direct_key", "rooms", ["direct_key"], unique=True)
    op.create_index("ix_memberships_room_id", "memberships", ["room_id"], unique=False)
    _sessions()
    with op.batch_alter_table("codes") as codes:
        codes.add_column(sa.Column("user_id", Id, nullable=True))
        codes.create_foreign_key(op.f("fk_codes_user_id"), "users", ["user_id"], ["id"], ondelete="CASCADE")
        codes.create_index("ix_codes_user_id", ["user_id"], unique=False)
    _invitations()
    _bans()
    _audit()


def _sessions() -> None:
    op.add_column("sessions", sa.Column("id", Id, nullable=True))
    op.add_column("sessions", sa.Column("device", sa.String(length=200), nullable=True))
    op.add_column("sessions", sa.Column("address", sa.String(length=45), nullable=True))
    op.add_column("sessions", sa.Column("device_hash", sa.LargeBinary(length=32), nullable=True))
    op.add_column("sessions", sa.Column("last_used_at", sa.BigInteger(), nullable=True))
    op.add_column("sessions", sa.Column("expires_at", sa.BigInteger(), nullable=True))
    # When they were last used was not kept: their time begins anew.
    now = time.time_ns() // 1_000_000
    place = "(SELECT count(*) FROM sessions AS other WHERE other.token_hash <= sessions.token_hash)"
    values = f"device = '', address = '', last_used_at = {now}, expires_at = {now + YEAR_MS}"
    op.execute(f"UPDATE sessions SET id = {place}, {values}")  # noqa: S608 - these are numbers of our own
    with op.batch_alter_table("sessions") as sessions:
        sessions.alter_column("id", existing_type=Id, nullable=False)
        sessions.alter_column("device", existing_type=sa.String(length=200), nullable=False)
        sessions.alter_column("address", existing_type=sa.String(length=45), nullable=False)
        sessions.alter_column("last_used_at", existing_type=sa.BigInteger(), nullable=False)
        sessions.alter_column("expires_at", existing_type=sa.BigInteger(), nullable=False)
        sessions.create_index("uq_sessions_id", ["id"], unique=True)
        sessions.create_index("ix_sessions_expires_at", ["expires_at"], unique=False)


def _invitations() -> None:
    op.create_table(
        "invitations",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("code_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("uses_left", sa.Integer(), nullable=True),
        sa.Column("created_by", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
    )
    op.create_index("uq_invitations_code_hash", "invitations", ["code_hash"], unique=True)


def _bans() -> None:
    op.create_table(
        "bans",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("user_id", Id, nullable=True),
        sa.Column("device_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("address", sa.String(length=45), nullable=True),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_bans_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bans")),
    )
    for column in ("user_id", "device_hash", "address"):
        op.create_index(f"ix_bans_{column}", "bans", [column], unique=False)


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("actor", sa.String(length=32), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.String(length=64), nullable=True),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("detail", sa.JSON(none_as_null=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
