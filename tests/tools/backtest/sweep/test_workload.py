"""The speed workload's known answers, by its own generator and its own oracle."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from tools.backtest.sweep import Cadence, SweepResult, SweepRules, read_columns, sweep

SHORT = 150


def workload(shared: Path, folder: Path) -> ModuleType:
    pytest.importorskip("pyarrow", reason="the workload's generator needs pyarrow")
    source = shared / "bench" / "backtest_workload.py"
    if not source.exists():
        pytest.skip("the speed workload is not among the shared files")
    spec = importlib.util.spec_from_file_location("backtest_workload", source)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKLOAD_DIR", str(folder))
        spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def short(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    module = workload(shared, tmp_path_factory.mktemp("workload"))
    module.gen(n_days=SHORT)
    return module


def digest(found: SweepResult) -> tuple[int, float, int]:
    return len(found.trades), found.profit, int(found.trades.exited.astype(np.int64).sum())


@pytest.mark.parametrize("cadence", Cadence)
def test_a_short_history_as_the_workload_has_it(short: ModuleType, cadence: Cadence) -> None:
    expected = short.run_oracle(weekly=cadence is Cadence.WEEKLY)
    found = sweep(read_columns(Path(short.PQ)), SweepRules(cadence=cadence))
    assert digest(found) == (expected["trades"], expected["pnl"], expected["sum_exit_day"])
    assert len(found.still_open) == expected["max_open"]
    assert round(float(found.equity[-1]), 2) == expected["eq_end"]


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_the_known_answer(shared: Path, tmp_path: Path) -> None:
    module = workload(shared, tmp_path)
    module.gen()
    columns = read_columns(Path(module.PQ))
    daily, weekly = (sweep(columns, SweepRules(cadence=each)) for each in (Cadence.DAILY, Cadence.WEEKLY))
    assert digest(daily) == (1256, -711.0, 23_596_481)
    assert (len(weekly.trades), weekly.profit) == (252, -2761.0)
