"""From the rows of a file to what the quality rules judge, and from the rows that may be used to chains."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from tools.data.files import instants
from tools.data.files.coded import as_array, codes, spread, texts
from tools.data.files.parity import Quotes
from tools.data.files.rows import ChainRows, together
from tools.data.files.terms import Terms, find_terms
from tools.data.quality import BoolArray, CodeArray, Fate, IntArray, QuoteRows
from tools.data.reference import Instrument, lookup
from tools.domain.chain import Chain
from tools.domain.errors import ChainError
from tools.domain.market import InstrumentKind

_NOTE_UNDATED = "the file does not say when it was quoted; its quotes are taken to be of the as-of time"


_LARGEST_STRIKE = 99_999_999  # thousandths: what an option symbol can say
_STRIKE_BITS, _ROOT_BITS = 27, 18  # hold any such strike, and more roots than there are; 17 are left for the day


def to_judge(rows: ChainRows, as_of: datetime | None, path: Path) -> QuoteRows:
    """The columns the quality rules look at."""
    with ThreadPoolExecutor() as pool:
        expiring, contracts = pool.submit(instants.expires, rows), pool.submit(_contracts, rows)
        quoted, days, in_session = instants.quoted(rows, as_of)
    expires = expiring.result()
    return QuoteRows(
        unparseable=rows.unparseable | np.isnat(quoted) | np.isnat(expires),
        quoted=quoted,
        quoted_day=days,
        in_session=in_session,
        expires=expires,
        contract=contracts.result(),
        mixed=_mixed(rows, path),
        adjusted=spread(rows.root, texts(rows.root).str.contains(r"\d$")).to_numpy(),
        contradictory=rows.contradictory,
        strike=rows.strike,
        bid=rows.bid if rows.has_quotes else rows.last,
        ask=rows.ask if rows.has_quotes else rows.last,
    )


def build_chains(
    rows: ChainRows, codes: CodeArray, *, as_of: datetime, source: str, feed: str, rate: float | None
) -> tuple[dict[str, Chain], tuple[str, ...]]:
    """One chain per underlying of the used rows, with notes on what the file did not tell.

    Rows of an underlying without a price, stated or implied, get the fate NO_SPOT in `codes`.
    """
    used = np.flatnonzero(codes == Fate.USED.code)
    owners = rows.underlying[used].cast(pl.String)
    chains: dict[str, Chain] = {}
    notes = [] if rows.dated else [_NOTE_UNDATED]
    for ticker in sorted(owners.unique().to_list()):
        index = used[(owners == ticker).to_numpy()]
        instrument = lookup(ticker)
        terms = find_terms(chain_quotes(rows, index, instrument, as_of), rate=rate)
        if terms is None:
            codes[index] = Fate.NO_SPOT.code
            continue
        chains[ticker] = _chain(rows, index, instrument, terms, as_of=as_of, source=source, feed=feed)
        notes += [note for note in (instrument.note,) if note]
        notes += terms.notes
    return chains, tuple(notes)


def _contracts(rows: ChainRows) -> IntArray:
    """One integer per contract: expiry, strike in thousandths, right and root packed side by side.

    Most files have them in this order, and what rises is known to repeat nothing without being sorted. Packed in
    place: every further column of a year's rows costs more than what is done with it.
    """
    thousandths = rows.strike * 1000
    np.nan_to_num(thousandths, copy=False)
    np.rint(np.clip(thousandths, 0, _LARGEST_STRIKE, out=thousandths), out=thousandths)
    packed = rows.expiry.to_physical().fill_null(0).to_numpy().astype(np.int64)
    packed <<= _STRIKE_BITS
    packed += thousandths.astype(np.int64)
    packed <<= 1
    packed += rows.right <= 0
    packed <<= _ROOT_BITS
    packed += codes(rows.root)
    return packed


def chain_order(contract: IntArray, root_rank: IntArray) -> IntArray:
    """One number per contract (`QuoteRows.contract`) that sorts a chain: expiry, strike, call before put, root.

    `root_rank` places the distinct roots of the file in their order.
    """
    root = contract & ((1 << _ROOT_BITS) - 1)
    return np.asarray(contract - root + root_rank[root])


def _mixed(rows: ChainRows, path: Path) -> BoolArray:
    """Rows of a single-chain file that belong to another underlying than most of it."""
    if not rows.single:
        return np.zeros(len(rows), dtype=np.bool_)
    tickers = rows.underlying.cast(pl.String)
    known = tickers != ""
    named = tickers.filter(known).value_counts(sort=True)
    if named.is_empty():
        return np.zeros(len(rows), dtype=np.bool_)
    main, most = named.row(0)
    if most <= named["count"].sum() / 2:
        first = ", ".join(named.to_series(0).head(4).to_list())
        raise ChainError(f"{path.name} mixes {first}; this format holds one underlying, whose price is given once.")
    foreign: BoolArray = (known & (tickers != main)).to_numpy()
    return foreign


def chain_quotes(rows: ChainRows, index: IntArray, instrument: Instrument, as_of: datetime) -> Quotes:
    """What `find_terms` looks at, of the rows at `index`."""
    bid, ask = (rows.bid, rows.ask) if rows.has_quotes else (rows.last, rows.last)
    chosen = together(index)
    return Quotes(
        ticker=instrument.symbol,
        as_of=as_of,
        style=rows.style or instrument.style,
        is_index=instrument.kind is InstrumentKind.INDEX,
        root=rows.root[chosen],
        expiry=_expiries(rows, chosen),
        right=rows.right[chosen],
        strike=rows.strike[chosen],
        bid=bid[chosen],
        ask=ask[chosen],
        spot=rows.spot[chosen],
    )


def _chain(
    rows: ChainRows,
    index: IntArray,
    instrument: Instrument,
    terms: Terms,
    *,
    as_of: datetime,
    source: str,
    feed: str,
) -> Chain:
    """Rows in the order of expiry, strike, call before put, root: the same whatever the file's order."""
    root, expiry = _roots(rows, index), _expiries(rows, index)
    order = np.lexsort((root, -rows.right[index], rows.strike[index], expiry))
    index = index[order]
    return Chain(
        underlying=instrument.symbol,
        as_of=as_of,
        spot=terms.spot,
        rate=terms.rate,
        dividend_yield=terms.dividend_yield,
        style=rows.style or instrument.style,
        source=source,
        feed=feed,
        root=root[order],
        expiry=expiry[order],
        right=rows.right[index],
        strike=rows.strike[index],
        bid=rows.bid[index],
        ask=rows.ask[index],
        last=rows.last[index],
        volume=rows.volume[index],
        open_interest=rows.open_interest[index],
        feed_iv=rows.iv[index],
        feed_delta=rows.delta[index],
        filled=np.zeros(len(index), dtype=np.bool_),
        dividends_known=False,
        multiplier=rows.multiplier,
    )


def _roots(rows: ChainRows, index: IntArray) -> npt.NDArray[np.str_]:
    return as_array(rows.root[index])


def _expiries(rows: ChainRows, index: IntArray | slice) -> npt.NDArray[np.datetime64]:
    return rows.expiry[index].to_numpy().astype("datetime64[D]")
