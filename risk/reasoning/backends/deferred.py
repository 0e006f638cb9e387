"""A back end that asks nobody yet: each case gets its template and waits for the real one."""

from collections.abc import Iterable, Iterator

from risk.reasoning.backends.base import Backend, Failed, Failure, Outcome, Request


class DeferredBackend:
    """Stands for another back end until there is time to ask it.

    Args:
        backend: The one that will be asked.
    """

    def __init__(self, backend: Backend) -> None:
        self.name, self.identity = backend.name, backend.identity

    def answer(self, requests: Iterable[Request | None]) -> Iterator[tuple[Request, Outcome]]:
        """Every request as not asked yet."""
        not_yet = Failed(code=Failure.NOT_ASKED)
        yield from ((request, not_yet) for request in requests if request is not None)
