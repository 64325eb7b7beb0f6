"""The role table: which roles may use which operation (F001).

One row an operation, in the order of the resources. The directory's own rules apply below it: they
narrow an operation to certain fields (F049, F257), and a scope narrows it to certain sites. The
roles of this version are root, installer and property manager.
"""

from collections.abc import Mapping

from directory.kinds import Role

EVERYBODY = frozenset(Role)
BUILDERS = frozenset({Role.ROOT, Role.INSTALLER})
ROOT_ONLY = frozenset({Role.ROOT})

ROLE_TABLE: Mapping[str, frozenset[Role]] = {}
