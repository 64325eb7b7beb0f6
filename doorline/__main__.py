"""`python -m doorline`: the same as the `doorline` command."""

from doorline.cli.app import main

main()
