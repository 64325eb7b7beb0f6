"""What a command says when it cannot do what it was asked: one line on stderr, exit status 1."""


class CommandFailedError(Exception):
    """The thing asked for failed; the text is for the person at the terminal."""
