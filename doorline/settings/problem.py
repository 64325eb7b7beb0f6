"""What is wrong with the settings: every problem at once, each with its place."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend."""

    place: str
    """`file:line`, or `environment` for a variable."""
    key: str
    """Dotted key, or the variable's name; empty when the file as a whole is meant."""
    message: str
    """`got …, expected …`; never repeats a secret."""

    def __str__(self) -> str:
        return ": ".join(part for part in (self.place, self.key, self.message) if part)


class SettingsError(Exception):
    """The settings cannot be used; `problems` holds every reason, in the order of the places."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems
