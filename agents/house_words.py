"""Words that the facts may be told in, and no others: what a stranger wrote cannot speak inside them.

A name, a reason or an event of a brief may come from a vendor, a file or a web page. No word in this list asks for
anything, so that no instruction can be written with them, whatever the model would do with one. Any other word, and
any figure, is left out and its place marked.
"""

from __future__ import annotations

import re

from agents.letters import plain

LEFT_OUT = "[...]"


def _vocabulary(text: str) -> frozenset[str]:
    return frozenset(text.split())


_WORDS = _vocabulary("""
    a above across adjusted adp adr after agency all alpaca an and announced annual another any applies apply
    are as assigned at average bank bankruptcy basis before begins behind belong belongs below between bid boe
    boj both broad but by bytes calendar call calls cannot cboe cents chain chains changed close closed closes
    compare compared configured contract contracts corporate correlation count counts coverage covered cpi
    crossed crosses csv daily data database date dated dates day days deal december delayed delivered delta
    deposit deposits did distance divide dividend dividends do does dollar dollars done down drawdown earlier
    early earnings ecb eia either else embedded empty ended ends eod error etf etfs ex exchange exempt exists
    expired expiries expiry failed far february fed feed few fewer fields file filled first float fmp fomc for
    four fred from fund fundamentals funds futures gap gapped gave gdp gics give given gives half halt halted
    hand has have held high history holds holiday hour hours http iex illiquid implied import imported in
    inactive index indicative inside instrument interest into is ism it its january jolts json july june kind
    known knows lacks last late later lean least leg legs less level line liquid listed listing long loss low
    lower maintained march market markets mean measured member members mid missing momentum month months more
    most move moves name names natural near nearest needs negative net new newest next nfp no none nor not
    nothing november number numbers october of offered official older on once one only opec open opened opens
    opra option options or other others out outside over parquet past path pce per percent percentile permission
    permissions plan pmi point points portfolio positive ppi premium previous price priced prices profit put
    puts quarter quote quoted quotes range rank rate rated rates rating ratings ratio ratios reached reads
    realised record records reference refused reit release released releases reported required rest row rows rsi
    same scheduled second seconds sector sectors seen sees september series served server service session
    sessions secured short simulated since single sip size skipped sma snapshot so sold solvable some source sources
    space special spin split splits spot spread stale standard stays still stock stocks stored strike strikes
    such surface symbol symbols table tables takes tastytrade tell tells term terms than that the their there
    third this those three threshold time timed timeout times to today too traded trades trading treasury two
    type unavailable under underlying underlyings unit units unknown unlisted until up upper usable used valid
    value values vendor version vix vol volatility vols volume was way week weekend weeks weight weights were
    what when where which whole wide width with within without would written yahoo year years yet yfinance yield
    yields zero
""")
_PIECE = re.compile(r"[^\W\d_]+")
_DAY = re.compile(r"\d{4}-\d\d-\d\d[,.]?")
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
        figures = any(mark.isdigit() for mark in word) and not _DAY.fullmatch(word)
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
