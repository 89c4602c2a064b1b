"""Runs migrations on the connection and in the transaction that the catalog hands in."""

from alembic import context

from tools.data.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
