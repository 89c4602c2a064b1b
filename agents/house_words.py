"""Words that the facts may be told in, and no others: what a stranger wrote cannot speak inside them.

A name, a reason or an event of a brief may come from a vendor, a file or a web page. No word in this list asks for
anything, so that no instruction can be written with them, whatever the model would do with one. Any other word, and
any figure, is left out and its place marked.
"""

from __future__ import annotations

import re

from agents.letters import plain

LEFT_OUT = "[...]"

_WORDS = frozenset(
    """
    a above across adjusted after agency all an and announced annual another any apply applies are as assigned at
    average bank bankruptcy basis before begins behind below belong belongs between bid both broad but by bytes calendar
    call calls cannot chain chains changed close closed closes cents compare compared configured contract contracts
    corporate correlation count counts coverage covered crossed crosses daily data database date dated dates day days
    deal december delivered delta deposit deposits did distance dividend dividends divide do does dollar dollars done down
    drawdown earlier earnings early either else embedded empty ended ends error ex exchange exempt exists expiry expiries
    expired failed far february feed few fewer fields file filled first float for four from fund fundamentals funds futures
    gap gapped gave gics give given gives half halt halted hand has have held high history holiday holds hour hours
    illiquid implied import imported in inactive index indicative inside instrument interest into is it its january july
    june kind known knows lacks last late later least leg legs less level line liquid listed listing long loss low lower
    maintained march market markets mean measured member members mid missing momentum month months more most move moves
    name names natural near nearest needs negative net new newest next no none nor not nothing november number numbers
    october of offered official older on once one only open opened opens option options or other others out outside
    over past path per percent percentile permission permissions plan point points portfolio positive premium previous
    price priced prices profit put puts quarter quote quoted quotes range rank rate rated rates rating ratings ratio
    ratios reached reads realised record records reference refused release released releases reported required rest
    row rows rsi same scheduled second seconds sector sectors sees seen september series served server service
    session sessions short simulated since size skipped sma snapshot so sold solvable some source sources space special
    spin split splits spot spread stale standard stays still stock stocks stored strike strikes such surface symbol symbols
    table tables takes tells term terms than that the their there third this those three threshold time timed times to
    today too traded trades trading treasury two type unavailable under underlying underlyings unit units unknown
    unlisted until up upper usable used valid value values vendor version vix vol vols volatility volume was way week
    weekend weeks weight weights were what when where which whole width wide with within without would written year
    years yet yield yields zero
    fomc cpi nfp ppi gdp pce ecb fed opec jolts pmi ism adp eia boe boj
    alpaca cboe fmp fred lean yahoo yfinance opra indicative iex sip delayed eod embedded simulated tastytrade
    etf etfs adr reit csv parquet json http timeout
    """.split()
)
_PIECE = re.compile(r"[^\W\d_]+")
_SECTORS = frozenset({
    # The eleven sectors of the Global Industry Classification Standard (MSCI and S&P, in force since March 2023)
    "Communication Services", "Consumer Discretionary", "Consumer Staples", "Energy", "Financials", "Health Care",
    "Industrials", "Information Technology", "Materials", "Real Estate", "Utilities",
})  # fmt: skip
_RATING = re.compile(r"(?:AAA|AA|A|BBB|BB|B|CCC|CC|C|D|SD|NR|WR)[+-]?|(?:Aaa|Aa|Baa|Ba|Caa|Ca)[123]?|[ABC][123]")
_TICKER = re.compile(r"[A-Z][A-Z0-9]{0,5}(?:[./][A-Z]{1,2})?")


def in_house_words(text: str) -> str:
    """`text` with every figure, and every word that the house does not use, left out and its place marked."""
    line = plain(text)
    said: list[str] = []
    for word in line.split():
        pieces = _PIECE.findall(word)
        figures = any(mark.isdigit() for mark in word)
        if not figures and all(piece.lower() in _WORDS for piece in pieces) and len(word) <= 40:
            said.append(word)
        elif not said or said[-1] != LEFT_OUT:
            said.append(LEFT_OUT)
    return " ".join(said)


def sector(name: str) -> str:
    """The name of a GICS sector, or that it is none."""
    return name if name in _SECTORS else LEFT_OUT


def rating(name: str) -> str:
    """An agency's rating, or that it is none."""
    return name if _RATING.fullmatch(name) else LEFT_OUT


def ticker(symbol: str) -> str:
    """A symbol as exchanges write them, or that it is none."""
    return symbol if _TICKER.fullmatch(symbol) else LEFT_OUT
