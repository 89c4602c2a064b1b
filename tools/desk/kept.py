"""What a decision record keeps so that its decision can be made again from the record alone.

at the proposal   book · the quotes of its legs · what the account left free    facts["inputs"], thetagate.inputs/1
at the fit        house · account · what its positions came to                weighed, thetagate.weighed/1

Book and house are kept as JSON text: a part of a record sorts its keys, and the order of a book's criteria is its
own. Of a book what it says itself is kept: whether a key stands in it may mean something.
Records of before this was kept stay readable: they hold no `inputs` and no `weighed`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from pydantic import ValidationError

from tools.books.book import Book
from tools.calendar.expiries import VIX_ROOTS
from tools.desk.house import House
from tools.domain.account import Account
from tools.domain.candidate import Candidate
from tools.domain.chain import IntArray, SourceCounts
from tools.domain.chain_slice import ChainSlice
from tools.domain.contract import ShareContract
from tools.domain.decision import DecisionRecord
from tools.domain.errors import InputError
from tools.domain.market import Conditions, Snapshot, UnderlyingFacts
from tools.portfolio import kept
from tools.portfolio.positions import Positions
from tools.portfolio.quoting import rows_of
from tools.screening.holdings import Holdings

INPUTS_SCHEMA = "thetagate.inputs/1"
WEIGHED_SCHEMA = "thetagate.weighed/1"


@dataclass(frozen=True)
class Inputs:
    """What a candidate was screened from: its book, the quotes of its legs, and what the account left free."""

    book: Book
    chain: ChainSlice
    holdings: Holdings

    @classmethod
    def of(cls, candidate: Candidate, snapshot: Snapshot, *, book: Book, holdings: Holdings) -> Self:
        chain = snapshot.chains[candidate.underlying]
        return cls(book, ChainSlice.of(chain, _places(candidate, snapshot)), holdings)

    @property
    def body(self) -> dict[str, Any]:
        """As it goes into the record."""
        return {
            "schema": INPUTS_SCHEMA,
            "book": self.book.model_dump_json(exclude_unset=True),
            "chain": self.chain.model_dump(mode="json"),
            "holdings": asdict(self.holdings),
        }


@dataclass(frozen=True)
class Weighed:
    """What a candidate was fitted into: the rules of the house, the account and what its positions came to."""

    house: House
    account: Account
    positions: Positions

    @property
    def body(self) -> dict[str, Any]:
        """As it goes into the record."""
        house = self.house.model_dump_json()
        return {"schema": WEIGHED_SCHEMA, "house": house, **kept.keep(self.account, self.positions)}


def inputs_of(record: DecisionRecord) -> Inputs | None:
    """None where the record holds none; `InputError` where today's code cannot read them."""
    body = record.facts.get("inputs")
    if body is None:
        return None
    try:
        return Inputs(
            book=Book.model_validate_json(body["book"]),
            chain=ChainSlice.model_validate(body["chain"]),
            holdings=Holdings(**body["holdings"]),
        )
    except (ValidationError, KeyError, TypeError) as error:
        raise InputError(f"The inputs of {record.id} cannot be read by this version: {_first(error)}.") from error


def weighed_of(record: DecisionRecord) -> Weighed | None:
    """None where the record holds none; `InputError` where today's code cannot read it."""
    if record.weighed is None:
        return None
    try:
        house = House.model_validate_json(record.weighed["house"])
        return Weighed(house, *kept.recall(record.weighed))
    except (ValidationError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"What {record.id} was weighed against cannot be read: {_first(error)}.") from error


def snapshot_of(record: DecisionRecord, inputs: Inputs) -> Snapshot:
    """The market of the record: the legs of its candidate, and nothing else."""
    facts = UnderlyingFacts.model_validate(record.facts["underlying"])
    rows = len(inputs.chain.rows)
    return Snapshot(
        as_of=record.candidate.as_of,
        source=str(record.facts["source"]),
        simulated=bool(record.facts["simulated"]),
        embedded=False,
        chains={record.candidate.underlying: inputs.chain.chain},
        facts={record.candidate.underlying: facts},
        conditions=Conditions.model_validate(record.facts["conditions"]),
        counts=SourceCounts(rows=rows, used=rows),
        fingerprint=record.candidate.snapshot,
    )


def _places(candidate: Candidate, snapshot: Snapshot) -> IntArray:
    """Rows of the legs; where the forward is what an expiry's quotes say (VIX), all of that expiry."""
    chain = snapshot.chains[candidate.underlying]
    contracts = [leg.contract for leg in candidate.legs if not isinstance(leg.contract, ShareContract)]
    if contracts and contracts[0].root in VIX_ROOTS:
        return np.flatnonzero(chain.expiry == np.datetime64(candidate.expiry, "D"))
    rows = rows_of(chain, contracts)
    return np.unique(rows[rows >= 0])


def _first(error: Exception) -> str:
    if isinstance(error, ValidationError):
        said = error.errors(include_url=False)[0]
        return f"{'.'.join(map(str, said['loc']))} {said['msg']}"
    return str(error)
