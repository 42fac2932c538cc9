"""What is due when: callbacks, retries and lines of borrowers, played by one thread in order of their time."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable


class Stage:
    """Plays acts when they are due. `pace` stretches or shrinks every delay: 0 plays all at once, in order."""

    def __init__(self, pace: float = 1.0) -> None:
        self._pace = pace
        self._due: list[tuple[float, int, Callable[[], object]]] = []
        self._order = itertools.count()
        self._changed = threading.Condition()
        self._playing = False
        self._over = False
        self._last_word: list[BaseException] = []
        self._thread = threading.Thread(target=self._play, name="rehearsal-stage", daemon=True)
        self._thread.start()

    def after(self, delay: float, act: Callable[[], object]) -> None:
        """Play `act` after `delay` seconds."""
        with self._changed:
            heapq.heappush(self._due, (time.monotonic() + delay * self._pace, next(self._order), act))
            self._changed.notify_all()

    def settle(self, timeout: float = 10.0) -> bool:
        """Wait until nothing more is due. False if it still is after `timeout` seconds. Raises what an act raised."""
        with self._changed:
            quiet = self._changed.wait_for(lambda: not self._due and not self._playing, timeout)
        if self._last_word:
            raise self._last_word.pop(0)
        return quiet

    def close(self) -> None:
        with self._changed:
            self._over = True
            self._changed.notify_all()
        self._thread.join(timeout=6)

    def _play(self) -> None:
        while True:
            with self._changed:
                while not self._over and (not self._due or self._due[0][0] > time.monotonic()):
                    self._changed.wait(self._due[0][0] - time.monotonic() if self._due else None)
                if self._over:
                    return
                _, _, act = heapq.heappop(self._due)
                self._playing = True
            try:
                act()
            except Exception as wrong:  # kept for settle(): the stage goes on
                self._last_word.append(wrong)
            with self._changed:
                self._playing = False
                self._changed.notify_all()
