"""Work that waits until the hands rest: done beside the typing, and only its latest result is shown."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Later(Generic[T]):
    """Work that follows a panel's moves after a pause.

    Parameters
    ----------
    begin
        Takes what is on the panel now and returns the work, which runs in a thread of its own.
    show
        Brings the result onto the panel. A result that a later move has overtaken is not shown; the work is done anew.
    wait
        The pause, in seconds.

    >>> later = Later(lambda: lambda: "done", print)
    >>> later.ask()  # no event loop runs here, so there is nothing to wait in
    False
    >>> later.now()
    done
    """

    def __init__(
        self, begin: Callable[[], Callable[[], T]], show: Callable[[T], None], wait: float = 1.0
    ) -> None:
        self.begin, self.show, self.wait = begin, show, wait
        self._timer: asyncio.TimerHandle | None = None
        self._asked = 0
        self._busy = False

    def now(self) -> None:
        """Do the work at once."""
        self.show(self.begin()())

    def ask(self, wait: float | None = None) -> bool:
        """Do the work after the pause, which starts anew with each call; False without an event loop, as in a script."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return False
        self._asked += 1
        if self._timer:
            self._timer.cancel()
        self._timer = loop.call_later(self.wait if wait is None else wait, self._start, loop)
        return True

    def _start(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._busy:
            return  # when that is done, it sees that it was overtaken
        self._busy = True
        asked = self._asked
        loop.run_in_executor(None, self.begin()).add_done_callback(lambda done: self._done(done, asked))

    def _done(self, done: asyncio.Future[T], asked: int) -> None:
        self._busy = False
        if asked == self._asked:
            self.show(done.result())
        else:
            self.ask()
