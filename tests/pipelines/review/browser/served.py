"""The workbench served in earnest: by uvicorn on a free port of this machine, from a thread."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pipelines.review.serving import Place, bound, server_of
from pipelines.review.workbench import Workbench

START_S = 10.0

Settled = Callable[[Workbench, str], Workbench]


@contextmanager
def served(bench: Workbench, at: Settled = lambda bench, _: bench) -> Iterator[str]:
    """The address that a workbench answers at, until the context ends; `at` is told it before."""
    place = Place(port=0)
    with bound(place) as listening:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        server = server_of(at(bench, address), place)
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        try:
            until = time.monotonic() + START_S
            while not server.started:
                assert time.monotonic() < until, "the workbench does not start"
                time.sleep(0.01)
            yield address
        finally:
            server.should_exit = True
            thread.join()
