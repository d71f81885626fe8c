"""Everything Palate raises on purpose.

    PalateError
    ├── DataError                  a file, a row or a message that cannot be used (exit code 3)
    ├── RetrievalError             the index cannot be built, read or searched
    ├── AdapterError               an adapter cannot be learned, stored or read
    ├── PromptError                a prompt template is missing or cannot be rendered
    ├── ChatModelError             the language model cannot be loaded or gave nothing usable
    ├── EnvironmentProblem         the machine: disk full, folder read-only, port taken (exit code 4)
    └── OptionalDependencyError    an extra is not installed (also an ImportError, with .extra)

Each message names the bad value and the remedy, on one line.
"""


class PalateError(Exception):
    """The root: catch this to catch every error that Palate raises on purpose."""


class DataError(PalateError):
    """Data that cannot be used; the message names the place, the value and the remedy."""


class RetrievalError(PalateError):
    """An index that cannot be built, read or searched."""


class AdapterError(PalateError):
    """An adapter that cannot be learned, stored or read."""


class PromptError(PalateError):
    """A prompt template that is missing or cannot be rendered."""


class ChatModelError(PalateError):
    """A language model that cannot be loaded or gave nothing usable."""


class EnvironmentProblem(PalateError):  # noqa: N818  # EnvironmentError is the name of a builtin
    """Something about the machine: a full disk, a folder that cannot be written, a port in use."""


class OptionalDependencyError(PalateError, ImportError):
    """A package of an optional extra is missing.

    Args:
        package: The package that could not be imported.
        extra: The extra of Palate that installs it.
    """

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f"the package '{package}' is not installed; install it with: pip install 'palate[{extra}]'")
        self.extra = extra
