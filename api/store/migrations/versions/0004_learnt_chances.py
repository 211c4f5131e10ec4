"""What a fair learned of its chances."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What a fair learned of its chances."""
    op.add_column("fair", sa.Column("learnt", sa.Text(), nullable=True))
