"""The one exception tree.

    ThetagateError
    ├── InputError            what the caller gave cannot be used (file, value, option)
    │   ├── ConfigError       a setting or a book: names file, line and key
    │   └── ChainError        a chain file that cannot be read as one
    ├── DataError             a market data source failed or answered nonsense
    ├── BrokerError           the broker refused or failed
    │   ├── BrokerRejected    the broker said no; the order does not exist
    │   └── OutcomeUnknown    it may or may not have arrived: look it up before anything else
    ├── ChannelError          people could not be reached through a channel; what they answer is not touched
    ├── ModelError            the language model gave nothing usable (refusal, junk, timeout, outage)
    │   ├── ModelOutage       no answer came at all: another model may be asked instead
    │   └── RecordingMissing  a replay was asked for a request that was never recorded
    └── LedgerError           the books could not be read or written
        ├── LedgerBusy        another process holds the account
        ├── NotFound          no such decision
        └── AlreadyDecided    the decision has an owner already; carries its state

Each message is one sentence or two: what, why, what to do. A refusal of a trade is a value
(`tools.domain.decision.Reason`), never an exception.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tools.domain.rationale import Usage


class ThetagateError(Exception):
    """Anything the product says about itself in one clear sentence."""


class InputError(ThetagateError):
    """What the caller gave cannot be used."""


class ConfigError(InputError):
    """A setting or a book is wrong."""


class ChainError(InputError):
    """A chain file cannot be read as one."""


class DataError(ThetagateError):
    """A market data source failed."""


class BrokerError(ThetagateError):
    """The broker failed."""


class BrokerRejected(BrokerError):
    """The broker said no; the order does not exist there."""


class OutcomeUnknown(BrokerError):
    """The order may or may not have arrived; it must be looked up before anything is sent again."""


class ChannelError(ThetagateError):
    """People could not be reached through one channel; the others and the ledger go on."""


class ModelError(ThetagateError):
    """The language model gave nothing usable; carries who was asked and what it cost, where known."""

    def __init__(self, message: str, *, provider: str = "", model: str = "", usage: Usage | None = None) -> None:
        super().__init__(message)
        self.provider = provider
        self.model = model
        self.usage = usage


class ModelOutage(ModelError):
    """No answer came at all, so another model may be asked instead."""


class RecordingMissing(ModelError):
    """A replay was asked for a request that was never recorded."""


class LedgerError(ThetagateError):
    """The books could not be read or written."""


class LedgerBusy(LedgerError):
    """Another process holds the account."""


class NotFound(LedgerError):
    """The ledger holds no such decision."""


class AlreadyDecided(LedgerError):
    """The decision was decided before; `state` says how."""

    def __init__(self, message: str, *, state: str) -> None:
        super().__init__(message)
        self.state = state
