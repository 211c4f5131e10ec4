"""Alembic's entry: runs migrations in the transaction that `Database.migrate` holds."""

from alembic import context
from sqlmodel import SQLModel

import api.store.fair_tables  # the target is the tables of these modules
import api.store.outbox_tables
import api.store.privacy_tables
import api.store.tables  # noqa: F401

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    transactional_ddl=False,  # the caller's transaction is the one that counts
)
context.run_migrations()
