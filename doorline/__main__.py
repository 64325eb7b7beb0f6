"""`python -m doorline`: the same as the `doorline` command."""

import gc

# What is imported stays: to look for garbage in it again and again takes an eighth of the start.
gc.disable()

from doorline.cli.app import main  # noqa: E402

gc.freeze()
gc.enable()
main()
