"""Alembic's entry: runs migrations in the transaction that `Database.migrate` holds."""

from alembic import context
from sqlmodel import SQLModel

import api.store.tables  # noqa: F401 - its tables are the target

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    transactional_ddl=False,  # the caller's transaction is the one that counts
)
context.run_migrations()
