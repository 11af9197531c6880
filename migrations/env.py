"""Runs migrations on the connection the program hands over, or on a scratch database in development."""

import sqlalchemy
from alembic import context

from chatapp.storage.tables import metadata


def run(connection: sqlalchemy.Connection) -> None:
    """Run the migrations that are due on `connection`, inside its transaction."""
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    url = context.config.get_main_option("sqlalchemy.url", "sqlite:///:memory:")
    with sqlalchemy.create_engine(url).begin() as scratch:
        run(scratch)
