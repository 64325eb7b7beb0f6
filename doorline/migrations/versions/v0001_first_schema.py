"""First schema: the directory, the door log, the autop ledger, bindings and calls.

Revision 0001.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table, those that others refer to first."""
    _audit()
    _autop_ledger()
    _door_log()
    _operators()
    _sites()
    _buildings()
    _departments()
    _operator_sites()
    _tokens()
    _apartments()
    _people()
    _devices()
    _accounts()
    _autop_commands()
    _macs()
    _relays()
    _bindings()
    _call_events()
    _call_legs()
    _calls()


def downgrade() -> None:
    """Drop every table."""
    for table in reversed(TABLES):
        op.drop_table(table)


TABLES = (
    "audit",
    "autop_ledger",
    "door_log",
    "operators",
    "sites",
    "buildings",
    "departments",
    "operator_sites",
    "tokens",
    "apartments",
    "people",
    "devices",
    "accounts",
    "autop_commands",
    "macs",
    "relays",
    "bindings",
    "call_events",
    "call_legs",
    "calls",
)


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("operator_id", sa.Integer(), nullable=True),
        sa.Column("site_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("row_id", sa.Integer(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_audit_at"), "audit", ["at"], unique=False)
    op.create_index(op.f("ix_audit_site_id"), "audit", ["site_id"], unique=False)


def _autop_ledger() -> None:
    op.create_table(
        "autop_ledger",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=True),
        sa.Column("device_id", sa.Integer(), nullable=True),
        sa.Column("mac", sa.String(), nullable=True),
        sa.Column("remote_address", sa.String(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("etag", sa.String(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("once", sa.Integer(), nullable=False),
        sa.Column("user_agent", sa.String(), nullable=False),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column("notes", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_autop_ledger")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_autop_ledger_at"), "autop_ledger", ["at"], unique=False)
    op.create_index(op.f("ix_autop_ledger_device_id"), "autop_ledger", ["device_id"], unique=False)
    op.create_index(op.f("ix_autop_ledger_mac"), "autop_ledger", ["mac"], unique=False)
    op.create_index("ix_autop_ledger_site_id_at", "autop_ledger", ["site_id", "at"], unique=False)


def _door_log() -> None:
    op.create_table(
        "door_log",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("building_id", sa.Integer(), nullable=True),
        sa.Column("building", sa.String(), nullable=False),
        sa.Column("apartment_id", sa.Integer(), nullable=True),
        sa.Column("apartment", sa.String(), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=True),
        sa.Column("device_name", sa.String(), nullable=False),
        sa.Column("relay_id", sa.Integer(), nullable=True),
        sa.Column("relay_name", sa.String(), nullable=False),
        sa.Column("initiated_by", sa.String(), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("account_user", sa.String(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("log_type", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("key_kind", sa.String(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("response", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("call_id", sa.String(), nullable=False),
        sa.Column("capture", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_door_log")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_door_log_call_id"), "door_log", ["call_id"], unique=False)
    op.create_index("ix_door_log_site_id_at", "door_log", ["site_id", "at"], unique=False)


def _operators() -> None:
    op.create_table(
        "operators",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("maker_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["maker_id"],
            ["operators.id"],
            name=op.f("fk_operators_maker_id_operators"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operators")),
        sa.UniqueConstraint("name", name=op.f("uq_operators_name")),
        sqlite_autoincrement=True,
    )


def _sites() -> None:
    op.create_table(
        "sites",
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("plan", sa.String(length=32), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("time_format", sa.String(length=32), nullable=False),
        sa.Column("date_format", sa.String(length=32), nullable=False),
        sa.Column("street", sa.String(length=128), nullable=False),
        sa.Column("city", sa.String(length=128), nullable=False),
        sa.Column("post_code", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=128), nullable=False),
        sa.Column("landline_enabled", sa.Boolean(), nullable=False),
        sa.Column("guard_stage", sa.String(length=32), nullable=True),
        sa.Column("stage_timeout", sa.Double(), nullable=False),
        sa.Column("landline_timeout", sa.Double(), nullable=False),
        sa.Column("emergency_number", sa.String(length=32), nullable=False),
        sa.Column("allow_apartment_to_apartment", sa.Boolean(), nullable=False),
        sa.Column("people_deletable", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sites")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_sites_name"), "sites", ["name"], unique=False)


def _buildings() -> None:
    op.create_table(
        "buildings",
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_buildings_site_id_sites"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_buildings")),
        sa.UniqueConstraint("site_id", "name", name=op.f("uq_buildings_site_id_name")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_buildings_site_id"), "buildings", ["site_id"], unique=False)


def _departments() -> None:
    op.create_table(
        "departments",
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("floors", sa.JSON(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_departments_site_id_sites"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_departments")),
        sa.UniqueConstraint("site_id", "name", name=op.f("uq_departments_site_id_name")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_departments_site_id"), "departments", ["site_id"], unique=False)


def _operator_sites() -> None:
    op.create_table(
        "operator_sites",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id"],
            ["operators.id"],
            name=op.f("fk_operator_sites_operator_id_operators"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["site_id"],
            ["sites.id"],
            name=op.f("fk_operator_sites_site_id_sites"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("operator_id", "site_id", name=op.f("pk_operator_sites")),
    )
    op.create_index(op.f("ix_operator_sites_site_id"), "operator_sites", ["site_id"], unique=False)


def _tokens() -> None:
    op.create_table(
        "tokens",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("label", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=True),
        sa.Column("revoked_at", sa.Double(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id"],
            ["operators.id"],
            name=op.f("fk_tokens_operator_id_operators"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_tokens_token_hash")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_tokens_operator_id"), "tokens", ["operator_id"], unique=False)


def _apartments() -> None:
    op.create_table(
        "apartments",
        sa.Column("building_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=6), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("call_type", sa.String(length=32), nullable=False),
        sa.Column("call_mode", sa.String(length=32), nullable=False),
        sa.Column("app_enabled", sa.Boolean(), nullable=False),
        sa.Column("family_limit", sa.Integer(), nullable=True),
        sa.Column("stage_timeout", sa.Double(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["building_id"],
            ["buildings.id"],
            name=op.f("fk_apartments_building_id_buildings"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_apartments_site_id_sites"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_apartments")),
        sa.UniqueConstraint("building_id", "number", name=op.f("uq_apartments_building_id_number")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_apartments_site_id"), "apartments", ["site_id"], unique=False)


def _people() -> None:
    op.create_table(
        "people",
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("apartment_id", sa.Integer(), nullable=True),
        sa.Column("department_id", sa.Integer(), nullable=True),
        sa.Column("first_name", sa.String(length=64), nullable=False),
        sa.Column("last_name", sa.String(length=64), nullable=False),
        sa.Column("external_id", sa.String(length=64), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("mobile", sa.String(length=20), nullable=True),
        sa.Column("landlines", sa.JSON(), nullable=False),
        sa.Column("app_enabled", sa.Boolean(), nullable=False),
        sa.Column("call_type", sa.String(length=32), nullable=True),
        sa.Column("call_mode", sa.String(length=32), nullable=False),
        sa.Column("stage_timeout", sa.Double(), nullable=True),
        sa.Column("floors", sa.JSON(), nullable=False),
        sa.Column("remark", sa.String(length=128), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["apartment_id"],
            ["apartments.id"],
            name=op.f("fk_people_apartment_id_apartments"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_people_department_id_departments")
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_people_site_id_sites"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("site_id", "email", name=op.f("uq_people_site_id_email")),
        sa.UniqueConstraint("site_id", "external_id", name=op.f("uq_people_site_id_external_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_people_apartment_id"), "people", ["apartment_id"], unique=False)
    op.create_index(op.f("ix_people_department_id"), "people", ["department_id"], unique=False)
    op.create_index(op.f("ix_people_site_id"), "people", ["site_id"], unique=False)


def _devices() -> None:
    op.create_table(
        "devices",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("type", sa.String(length=32), nullable=False),
        sa.Column("vendor", sa.String(length=32), nullable=False),
        sa.Column("model", sa.String(length=32), nullable=False),
        sa.Column("mac", sa.String(length=12), nullable=True),
        sa.Column("scope", sa.String(length=32), nullable=False),
        sa.Column("building_id", sa.Integer(), nullable=True),
        sa.Column("department_id", sa.Integer(), nullable=True),
        sa.Column("apartment_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("transport", sa.String(length=32), nullable=False),
        sa.Column("monitor_allowed", sa.Boolean(), nullable=False),
        sa.Column("contact_display", sa.String(length=32), nullable=False),
        sa.Column("call_number", sa.String(length=64), nullable=False),
        sa.Column("autop_token", sa.LargeBinary(), nullable=False),
        sa.Column("autop_token_hash", sa.String(length=64), nullable=False),
        sa.Column("armed_until", sa.Double(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["apartment_id"],
            ["apartments.id"],
            name=op.f("fk_devices_apartment_id_apartments"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["building_id"],
            ["buildings.id"],
            name=op.f("fk_devices_building_id_buildings"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_devices_department_id_departments")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
            name=op.f("fk_devices_person_id_people"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_devices_site_id_sites"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_devices")),
        sa.UniqueConstraint("autop_token_hash", name=op.f("uq_devices_autop_token_hash")),
        sa.UniqueConstraint("mac", name=op.f("uq_devices_mac")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_devices_apartment_id"), "devices", ["apartment_id"], unique=False)
    op.create_index(op.f("ix_devices_building_id"), "devices", ["building_id"], unique=False)
    op.create_index(op.f("ix_devices_department_id"), "devices", ["department_id"], unique=False)
    op.create_index(op.f("ix_devices_person_id"), "devices", ["person_id"], unique=False)
    op.create_index(op.f("ix_devices_site_id"), "devices", ["site_id"], unique=False)


def _accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("user", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("display", sa.String(length=128), nullable=False),
        sa.Column("password", sa.LargeBinary(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("building_id", sa.Integer(), nullable=True),
        sa.Column("apartment_id", sa.Integer(), nullable=True),
        sa.Column("department_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["apartment_id"],
            ["apartments.id"],
            name=op.f("fk_accounts_apartment_id_apartments"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["building_id"],
            ["buildings.id"],
            name=op.f("fk_accounts_building_id_buildings"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["department_id"],
            ["departments.id"],
            name=op.f("fk_accounts_department_id_departments"),
        ),
        sa.ForeignKeyConstraint(
            ["device_id"],
            ["devices.id"],
            name=op.f("fk_accounts_device_id_devices"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
            name=op.f("fk_accounts_person_id_people"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_accounts_site_id_sites"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("device_id", name=op.f("uq_accounts_device_id")),
        sa.UniqueConstraint("user", name=op.f("uq_accounts_user")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_accounts_apartment_id"), "accounts", ["apartment_id"], unique=False)
    op.create_index(op.f("ix_accounts_building_id"), "accounts", ["building_id"], unique=False)
    op.create_index(op.f("ix_accounts_department_id"), "accounts", ["department_id"], unique=False)
    op.create_index(op.f("ix_accounts_person_id"), "accounts", ["person_id"], unique=False)
    op.create_index(op.f("ix_accounts_site_id"), "accounts", ["site_id"], unique=False)


def _autop_commands() -> None:
    op.create_table(
        "autop_commands",
        sa.Column("device_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("value", sa.String(length=512), nullable=False),
        sa.Column("once", sa.Boolean(), nullable=False),
        sa.Column("delivered_at", sa.Double(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"],
            ["devices.id"],
            name=op.f("fk_autop_commands_device_id_devices"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["site_id"],
            ["sites.id"],
            name=op.f("fk_autop_commands_site_id_sites"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_autop_commands")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_autop_commands_device_id"), "autop_commands", ["device_id"], unique=False
    )
    op.create_index(op.f("ix_autop_commands_site_id"), "autop_commands", ["site_id"], unique=False)


def _macs() -> None:
    op.create_table(
        "macs",
        sa.Column("mac", sa.String(length=12), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"],
            ["devices.id"],
            name=op.f("fk_macs_device_id_devices"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_macs_site_id_sites"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_macs")),
        sa.UniqueConstraint("device_id", name=op.f("uq_macs_device_id")),
        sa.UniqueConstraint("mac", name=op.f("uq_macs_mac")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_macs_site_id"), "macs", ["site_id"], unique=False)


def _relays() -> None:
    op.create_table(
        "relays",
        sa.Column("device_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("dtmf_code", sa.String(length=4), nullable=False),
        sa.Column("in_call", sa.Boolean(), nullable=False),
        sa.Column("hold_seconds", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"],
            ["devices.id"],
            name=op.f("fk_relays_device_id_devices"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_relays_site_id_sites"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relays")),
        sa.UniqueConstraint("device_id", "position", name=op.f("uq_relays_device_id_position")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_relays_site_id"), "relays", ["site_id"], unique=False)


def _bindings() -> None:
    op.create_table(
        "bindings",
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("outbound", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("call_id", sa.LargeBinary(), nullable=False),
        sa.Column("cseq", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.Float(), nullable=False),
        sa.Column("q", sa.Float(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("transport", sa.Text(), nullable=False),
        sa.Column("listener", sa.Integer(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("port", sa.Integer(), nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=False),
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("reg_id", sa.Integer(), nullable=False),
        sa.Column("params", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Float(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("user", "contact", "outbound", name=op.f("pk_bindings")),
        sqlite_with_rowid=False,
    )


def _call_events() -> None:
    op.create_table(
        "call_events",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", "seq", name=op.f("pk_call_events")),
    )


def _call_legs() -> None:
    op.create_table(
        "call_legs",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("leg", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("display", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("started_at", sa.Float(), nullable=False),
        sa.Column("rang_at", sa.Float(), nullable=True),
        sa.Column("answered_at", sa.Float(), nullable=True),
        sa.Column("ended_at", sa.Float(), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("call_id", "leg", name=op.f("pk_call_legs")),
    )


def _calls() -> None:
    op.create_table(
        "calls",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("sip_call_id", sa.Text(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=True),
        sa.Column("is_visit", sa.Boolean(), nullable=False),
        sa.Column("call_type", sa.Text(), nullable=False),
        sa.Column("caller_kind", sa.Text(), nullable=False),
        sa.Column("caller_user", sa.Text(), nullable=False),
        sa.Column("caller_display", sa.Text(), nullable=False),
        sa.Column("caller_device_id", sa.Integer(), nullable=True),
        sa.Column("dialled", sa.Text(), nullable=False),
        sa.Column("callee", sa.Text(), nullable=False),
        sa.Column("apartment_id", sa.Integer(), nullable=True),
        sa.Column("started_at", sa.Float(), nullable=False),
        sa.Column("answered_at", sa.Float(), nullable=True),
        sa.Column("ended_at", sa.Float(), nullable=True),
        sa.Column("duration", sa.Float(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("end_by", sa.Text(), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("answered_by_kind", sa.Text(), nullable=True),
        sa.Column("answered_by_user", sa.Text(), nullable=True),
        sa.Column("answered_by_display", sa.Text(), nullable=True),
        sa.Column("opened_by", sa.Text(), nullable=True),
        sa.Column("plan", sa.JSON(none_as_null=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calls")),
    )
    op.create_index(op.f("ix_calls_site_id"), "calls", ["site_id", "started_at"], unique=False)
    op.create_index(op.f("ix_calls_started_at"), "calls", ["started_at"], unique=False)
