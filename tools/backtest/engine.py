"""Years of a market through the functions that decide live, one look a day.

    morning   interest · dividends · options that settle at the open
    look      marks → exits and rolls → entries: screen, fit, score → orders → fills
    evening   options that settle at the close · early assignment → the day's line

What decides is `tools.desk` and below; what is kept is `tools.portfolio.accounting`; this file is the clock.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from tools.backtest.entries import Judged, Room, judge_all
from tools.backtest.fills import Exchange, Execution
from tools.backtest.history import HistoricalMarket
from tools.backtest.journal import DayLine, Decided, Ended, Journal
from tools.backtest.plan import Plan
from tools.backtest.settling import Settling
from tools.books.book import Book
from tools.calendar.sessions import session_open
from tools.calendar.trading_time import Clock
from tools.desk.assumed import assumed_analysis
from tools.desk.ordering import entry_order
from tools.desk.scan import screen_market
from tools.desk.trades import entry_marks, opened
from tools.domain.account import Account
from tools.domain.chain import new_york_date
from tools.domain.decision import Gate, Outcome, Reason
from tools.domain.market import Snapshot
from tools.domain.trade import Trade
from tools.portfolio.accounting import Books
from tools.portfolio.positions import Positions, read_positions
from tools.portfolio.quoting import marks

Progress = Callable[[date], None]
"""Called after each day."""
