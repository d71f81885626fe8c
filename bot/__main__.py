"""``python -m palate.bot`` is ``palate``."""

from .cli import main

main()
