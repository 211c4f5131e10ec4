"""A key's former secret, for a while."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Room for the secret before a rotation."""
    op.add_column("api_key", sa.Column("former_hmac", sa.String(length=64), nullable=True))
    op.add_column("api_key", sa.Column("former_until", sa.DateTime(), nullable=True))
