"""Who asks and what they may see: nothing in the directory is read or written without a Scope."""

from dataclasses import dataclass

from directory.kinds import Role


@dataclass(frozen=True, slots=True)
class Scope:
    """Actor, role and the sites within reach."""

    actor: str
    """Name written into audit rows."""
    role: Role
    site_ids: frozenset[int] | None
    """Sites this actor sees; None means every site."""
    operator_id: int | None = None
    """Operator behind the actor; None for the program itself."""

    @classmethod
    def system(cls, actor: str = "system") -> "Scope":
        """The program itself, for instance a command typed on the server."""
        return cls(actor=actor, role=Role.ROOT, site_ids=None)

    def sees(self, site_id: int) -> bool:
        """Whether the site is within reach."""
        return self.site_ids is None or site_id in self.site_ids
