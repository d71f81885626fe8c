"""``python -m palate.eval`` is ``palate-eval``."""

from .cli import main

main()
