"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The first tables."""
    op.create_table(
        "change",
        sa.Column("sequence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("firm_id", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("batch", sa.String(length=40), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("sequence"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_change_batch", "change", ["batch"], unique=False)
    op.create_index("ix_change_firm_id", "change", ["firm_id"], unique=False)

    op.create_table(
        "firm",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("name_th", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.Column("province_th", sa.String(length=80), nullable=True),
        sa.Column("size", sa.String(length=16), nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("juristic_id", sa.String(length=13), nullable=True),
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("embedded", sa.String(length=32), nullable=True),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_firm_embedded", "firm", ["embedded"], unique=False)
    op.create_index("ix_firm_province_th", "firm", ["province_th"], unique=False)

    op.create_table(
        "job",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("owner", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("given", sa.Text(), nullable=True),
        sa.Column("doing", sa.String(length=20), nullable=True),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("beat_at", sa.DateTime(), nullable=True),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_job_made_at", "job", ["made_at"], unique=False)
    op.create_index("ix_job_owner", "job", ["owner"], unique=False)
    op.create_index("ix_job_state", "job", ["state"], unique=False)

    op.create_table(
        "api_key",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.Column("firm_id", sa.String(length=80), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("secret_hmac", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_api_key_firm_id", "api_key", ["firm_id"], unique=False)

    op.create_table(
        "certificate",
        sa.Column("firm_id", sa.String(length=80), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("expires", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("firm_id", "place"),
    )
    op.create_table(
        "contact",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("firm_id", sa.String(length=80), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("line_id", sa.Text(), nullable=True),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_contact_firm_id", "contact", ["firm_id"], unique=False)

    op.create_table(
        "match_request",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("owner", sa.String(length=40), nullable=False),
        sa.Column("firm_id", sa.String(length=80), nullable=True),
        sa.Column("idempotency_key", sa.String(length=200), nullable=True),
        sa.Column("asked_digest", sa.String(length=64), nullable=False),
        sa.Column("asked", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("index_fingerprint", sa.String(length=32), nullable=False),
        sa.Column("model_fingerprint", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_match_request_at", "match_request", ["at"], unique=False)
    op.create_index("ix_match_request_firm_id", "match_request", ["firm_id"], unique=False)
    op.create_index("ix_match_request_owner", "match_request", ["owner"], unique=False)
    op.create_index("match_request_once", "match_request", ["owner", "idempotency_key"], unique=True)

    op.create_table(
        "need",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("firm_id", sa.String(length=80), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("cluster", sa.String(length=80), nullable=True),
        sa.Column("stage_sought", sa.String(length=16), nullable=True),
        sa.Column("role_sought", sa.Text(), nullable=True),
        sa.Column("seeking", sa.String(length=16), nullable=True),
        sa.Column("must_certificates", sa.Text(), nullable=True),
        sa.Column("volume", sa.Text(), nullable=True),
        sa.Column("deliver_to", sa.Text(), nullable=True),
        sa.Column("partnership", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_need_cluster", "need", ["cluster"], unique=False)
    op.create_index("ix_need_firm_id", "need", ["firm_id"], unique=False)

    op.create_table(
        "offer",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("firm_id", sa.String(length=80), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("cluster", sa.String(length=80), nullable=True),
        sa.Column("stage", sa.String(length=16), nullable=True),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("capacity", sa.Text(), nullable=True),
        sa.Column("moq", sa.Text(), nullable=True),
        sa.Column("price_thb", sa.Text(), nullable=True),
        sa.Column("lead_time_days", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_offer_cluster", "offer", ["cluster"], unique=False)
    op.create_index("ix_offer_firm_id", "offer", ["firm_id"], unique=False)

    op.create_table(
        "position",
        sa.Column("firm_id", sa.String(length=80), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("cluster", sa.String(length=80), nullable=True),
        sa.Column("stage", sa.String(length=16), nullable=True),
        sa.Column("role", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("firm_id", "place"),
    )
    op.create_index("ix_position_cluster", "position", ["cluster"], unique=False)

    op.create_table(
        "vector",
        sa.Column("firm_id", sa.String(length=80), nullable=False),
        sa.Column("model", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("firm_id", "model", "key"),
    )
    op.create_index("vector_by_key", "vector", ["model", "key"], unique=False)

    op.create_table(
        "match_result",
        sa.Column("request_id", sa.String(length=40), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("firm_id", sa.String(length=80), nullable=False),
        sa.Column("near", sa.Boolean(), nullable=False),
        sa.Column("match", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["request_id"], ["match_request.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("request_id", "place"),
    )
    op.create_index("ix_match_result_firm_id", "match_result", ["firm_id"], unique=False)
