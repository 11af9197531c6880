"""Changes of messages: edits, deletions, replies, mentions, reactions."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Changes of messages: edits, deletions, replies, mentions, reactions."""
    op.add_column("rooms", sa.Column("trimmed_rev", sa.BigInteger(), server_default="0", nullable=False))
    # Which change removed messages was not kept: whoever has seen less than all of them starts afresh.
    op.execute("UPDATE rooms SET trimmed_rev = rev WHERE first_seq > 1")
    for name, kind in (
        ("edited_at", sa.BigInteger()),
        ("deleted_at", sa.BigInteger()),
        ("reply_to", sa.BigInteger()),
        ("mentions", sa.JSON(none_as_null=True)),
        ("reactions", sa.JSON(none_as_null=True)),
    ):
        op.add_column("messages", sa.Column(name, kind, nullable=True))
    op.create_index("uq_messages_room_id_rev", "messages", ["room_id", "rev"], unique=True)
    op.create_table(
        "edits",
        sa.Column("message_id", Id, nullable=False),
        sa.Column("rev", sa.BigInteger(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_edits_message_id")),
        sa.PrimaryKeyConstraint("message_id", "rev", name=op.f("pk_edits")),
    )
    op.create_table(
        "mentions",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("room_id", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name=op.f("fk_mentions_room_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_mentions_user_id")),
        sa.PrimaryKeyConstraint("user_id", "room_id", "seq", name=op.f("pk_mentions")),
    )
    op.create_index("ix_mentions_room_id_seq", "mentions", ["room_id", "seq"], unique=False)
