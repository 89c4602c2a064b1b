"""What the pipeline costs per decision beside the model, against the bare cost of its checkpoints.

    bare   the same graph with empty nodes, the same saver and settings, the same steps and stops
    real   a cycle on the embedded day's proposals: ledger, portfolio, limits, score, orders, simulated broker

Both sides take every decision down the same path; the analyst answers at once with a prepared analysis, and
the scan before the graph is not timed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from agents.analyst import Analyst
from agents.offline import OfflineModel
from bench.measurement import Bar, Kind, Measurement, Timed, in_turns, timed
from pipeline import graph as pipeline_graph
from pipeline.checkpoints import open_checkpoints
from pipeline.cycle import Cycle, run_cycle
from pipeline.graph import Graph, build
from pipeline.home import Home
from pipeline.market import MarketChoice
from pipeline.scan import Progress, scan_market
from pipeline.services import Services
from pipeline.settings import Settings
from pipeline.state import Thread
from pipeline.wiring import open_books, open_broker, open_ledger, open_snapshot, opening_account
from tools.domain.candidate import Candidate
from tools.domain.decision import Outcome
from tools.domain.market import Conditions, UnderlyingFacts
from tools.domain.rationale import Analysis
