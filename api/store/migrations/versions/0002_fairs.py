"""Fairs: participants, preferences, meetings, lists, timetables, publications, events, outcomes."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The tables of fairs."""
    op.create_table(
        "fair",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("name_th", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("venue", sa.Text(), nullable=True),
        sa.Column("sessions", sa.Text(), nullable=True),
        sa.Column("tables", sa.Integer(), nullable=False),
        sa.Column("rules", sa.Text(), nullable=True),
        sa.Column("dial", sa.Float(), nullable=False),
        sa.Column("request_ttl_h", sa.Integer(), nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.Column("planned", sa.Integer(), nullable=False),
        sa.Column("timetable", sa.Integer(), nullable=False),
        sa.Column("published", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "fair_event",
        sa.Column("sequence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("fair_id", sa.String(length=80), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("firm_id", sa.String(length=80), nullable=True),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("first", sa.String(length=80), nullable=True),
        sa.Column("second", sa.String(length=80), nullable=True),
        sa.Column("said", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["fair_id"], ["fair.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("sequence"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_fair_event_fair_id", "fair_event", ["fair_id"], unique=False)
    op.create_table(
        "lists",
        sa.Column("fair_id", sa.String(length=80), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("lists", sa.Text(), nullable=True),
        sa.Column("manifest", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["fair_id"], ["fair.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("fair_id", "number"),
    )
    op.create_table(
        "meeting",
        sa.Column("fair_id", sa.String(length=80), nullable=False),
        sa.Column("first", sa.String(length=80), nullable=False),
        sa.Column("second", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("asked_by", sa.String(length=80), nullable=True),
        sa.Column("first_said", sa.Boolean(), nullable=True),
        sa.Column("second_said", sa.Boolean(), nullable=True),
        sa.Column("expires_at", sa.DateTime(), nullable=True),
        sa.Column("chance", sa.Float(), nullable=True),
        sa.Column("must", sa.Boolean(), nullable=False),
        sa.Column("met_before", sa.Boolean(), nullable=False),
        sa.Column("listing", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["fair_id"], ["fair.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["first"], ["firm.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["second"], ["firm.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("fair_id", "first", "second"),
    )
    op.create_index("ix_meeting_expires_at", "meeting", ["expires_at"], unique=False)
    op.create_index("ix_meeting_first", "meeting", ["first"], unique=False)
    op.create_index("ix_meeting_second", "meeting", ["second"], unique=False)
    op.create_index("ix_meeting_state", "meeting", ["state"], unique=False)
    op.create_table(
        "outcome",
        sa.Column("fair_id", sa.String(length=80), nullable=False),
        sa.Column("first", sa.String(length=80), nullable=False),
        sa.Column("second", sa.String(length=80), nullable=False),
        sa.Column("teller", sa.String(length=80), nullable=False),
        sa.Column("outcome", sa.String(length=24), nullable=False),
        sa.Column("expected_thb", sa.BigInteger(), nullable=True),
        sa.Column("actual_thb", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["fair_id"], ["fair.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["first"], ["firm.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["second"], ["firm.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("fair_id", "first", "second", "teller"),
    )
    op.create_index("ix_outcome_first", "outcome", ["first"], unique=False)
    op.create_index("ix_outcome_second", "outcome", ["second"], unique=False)
    op.create_table(
        "participant",
        sa.Column("fair_id", sa.String(length=80), nullable=False),
        sa.Column("firm_id", sa.String(length=80), nullable=False),
        sa.Column("delegates", sa.Text(), nullable=True),
        sa.Column("available", sa.Text(), nullable=True),
        sa.Column("min_meetings", sa.Integer(), nullable=False),
        sa.Column("max_meetings", sa.Integer(), nullable=False),
        sa.Column("languages", sa.Text(), nullable=True),
        sa.Column("side", sa.String(length=80), nullable=False),
        sa.Column("group_name", sa.String(length=80), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("link_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["fair_id"], ["fair.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("fair_id", "firm_id"),
    )
    op.create_index("ix_participant_firm_id", "participant", ["firm_id"], unique=False)
    op.create_table(
        "preference",
        sa.Column("fair_id", sa.String(length=80), nullable=False),
        sa.Column("first", sa.String(length=80), nullable=False),
        sa.Column("second", sa.String(length=80), nullable=False),
        sa.Column("wish", sa.String(length=12), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=True),
        sa.ForeignKeyConstraint(["fair_id"], ["fair.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["first"], ["firm.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["second"], ["firm.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("fair_id", "first", "second", "wish"),
    )
    op.create_index("ix_preference_first", "preference", ["first"], unique=False)
    op.create_index("ix_preference_second", "preference", ["second"], unique=False)
    op.create_table(
        "publication",
        sa.Column("fair_id", sa.String(length=80), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("timetable", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("fair", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["fair_id"], ["fair.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("fair_id", "version"),
    )
    op.create_table(
        "timetable",
        sa.Column("fair_id", sa.String(length=80), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("places", sa.Text(), nullable=True),
        sa.Column("made_of", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["fair_id"], ["fair.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("fair_id", "number"),
    )
