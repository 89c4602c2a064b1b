"""A broker that tells by itself which orders changed, listened to for as long as a service runs.

told an id ─→ kept, wake ─→ in its turn: the broker's word on it = our books'? ─ yes → nothing
                                                                               └ no  → the service looks
lost, stands again ─→ told, once each; meanwhile the bells see to everything, as they would without it
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from threading import Lock

from pipeline.brokers import open_telling
from pipeline.home import Home
from pipeline.settings import Settings
from pipeline.wiring import open_ledger
from tools.domain.errors import ThetagateError
from tools.execution.broker import OnState, Telling


@dataclass
class Listening:
    """`wake` is called on a thread of the broker's own, and must only see to it that `news` is asked soon."""

    home: Home
    settings: Settings
    wake: Callable[[], None]
    on_state: OnState
    _broker: Telling | None = None
    _changed: set[str] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)
    _opened: ExitStack = field(default_factory=ExitStack)
    _lost: bool = False

    def begin(self) -> None:
        """Where it has not begun: a home has its broker from its first session on, or none that tells."""
        if self._broker is not None:
            return
        try:
            broker = open_telling(self.home, self.settings)
        except ThetagateError as error:
            if not self._lost:
                self._lost = True
                self.on_state(str(error))
            return
        if broker is None:
            return
        self._opened.enter_context(closing(broker))
        with open_ledger(self.home, account=self.settings.account.name) as ledger:
            known = ledger.orders()
        watcher = broker.watch(self._hear, on_state=self.on_state, known=known)
        watcher.start()
        self._opened.callback(watcher.stop)
        self._broker = broker

    def end(self) -> None:
        """Nothing is told any more."""
        self._opened.close()

    def news(self) -> tuple[str, ...]:
        """Orders that were told of since this was last asked, and that our books hold otherwise than the broker.

        `BrokerError` where it cannot be asked; they are told of again then.
        """
        with self._lock:
            changed, self._changed = self._changed, set()
        broker = self._broker
        if broker is None or not changed:
            return ()
        try:
            with open_ledger(self.home, account=self.settings.account.name) as ledger:
                return tuple(each for each in sorted(changed) if broker.find(each) != ledger.order(each))
        except ThetagateError:
            with self._lock:
                self._changed |= changed
            raise

    def _hear(self, client_order_id: str) -> None:
        with self._lock:
            self._changed.add(client_order_id)
        self.wake()
