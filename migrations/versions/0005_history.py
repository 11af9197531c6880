"""History: what rooms keep, what cleanups took, what came from archives, accounts that were given up."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """History: what rooms keep, what cleanups took, what came from archives, accounts that were given up."""
    op.add_column("users", sa.Column("left_at", sa.BigInteger(), nullable=True))
    op.add_column("users", sa.Column("leaving", sa.String(length=8), nullable=True))
    op.add_column("rooms", sa.Column("retention_days", sa.Integer(), nullable=True))
    op.add_column("rooms", sa.Column("retention_messages", sa.Integer(), nullable=True))
    op.add_column("rooms", sa.Column("held_at", sa.BigInteger(), nullable=True))
    op.create_table(
        "trims",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("room_id", sa.String(length=64), nullable=False),
        sa.Column("first_seq", sa.BigInteger(), nullable=False),
        sa.Column("before_seq", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("undone_at", sa.BigInteger(), nullable=True),
        sa.Column("erased_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name=op.f("fk_trims_room_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trims")),
    )
    op.create_index("ix_trims_room_id", "trims", ["room_id"], unique=False)
    op.create_table(
        "imported",
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("source_id", sa.String(length=128), nullable=False),
        sa.Column("local_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("source", "kind", "source_id", name=op.f("pk_imported")),
    )
