"""What an opinion costs beside the model: the work on one candidate, and two hundred of them side by side.

one      brief → prompt → answer read → numbers checked, with the recorded day's own answers at hand at once
crowd    two hundred decisions through the pipeline's graph, ledger, caps and SDK, at a loopback provider that
         takes a second for each; against the seconds that the provider alone takes
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from agents.analyst import Analyst
from agents.anthropic import AnthropicModel
from agents.bounded import BoundedModel
from agents.brief import brief
from agents.budget import BudgetedModel
from agents.guarded import GuardedModel
from agents.model import Completion, ModelRequest
from agents.recorded import EMBEDDED_DAY, RecordedModel
from bench.measurement import Bar, Kind, Measurement, Timed, in_turns, timed
from bench.overhead import CHOICE, SETTINGS, opened, quiet
from pipeline.cycle import analyse_all
from pipeline.home import Home
from pipeline.scan import facts_of
from pipeline.sources import present
from pipeline.spending import LedgerSpend
from pipeline.threads import Threads
from pipeline.wiring import open_books, open_ledger, open_snapshot, opening_account
from tests.peers.anthropic_server import AnthropicServer
from tools.approvals.policy import refused_for_missing_data
from tools.desk.scan import screen_market
from tools.domain.candidate import Candidate
from tools.domain.errors import RecordingMissing
from tools.domain.market import Snapshot
from tools.domain.structure import Leg

CROWD = 200
LATENCY = 1.0  # seconds, of the loopback provider
ONE_BAR = Bar(Kind.SECONDS, 0.005)
CROWD_BAR = Bar(Kind.RATIO, 1.3)


def measure(rounds: int) -> Iterator[Measurement]:
    snapshot = open_snapshot(CHOICE)
    found = candidates(snapshot)
    yield one(snapshot, found, rounds=rounds)
    yield crowd(snapshot, found, rounds=max(1, rounds // 5))


def candidates(snapshot: Snapshot) -> tuple[Candidate, ...]:
    """The embedded day's proposals that a model is asked about."""
    account = opening_account(snapshot, CHOICE, SETTINGS, None)
    books = open_books(SETTINGS).values()
    found = screen_market(snapshot, account, books, profile=SETTINGS.risk, progress=quiet).candidates
    return tuple(each for each in found if refused_for_missing_data(each.filters) is None)


# one candidate


class AtOnce:
    """Recorded answers, looked up before anybody asks."""

    provider, model = "recorded", "no model"

    def __init__(self, answers: dict[str, Completion]) -> None:
        self._answers = answers

    def complete(self, request: ModelRequest) -> Completion:
        try:
            return self._answers[request.prompt]
        except KeyError:
            raise RecordingMissing(f"Nothing was recorded for {request.label}.") from None


def one(snapshot: Snapshot, found: Sequence[Candidate], *, rounds: int) -> Measurement:
    recorded, asking = RecordedModel(EMBEDDED_DAY), Analyst(RecordedModel())
    questions = [asking.request(each, snapshot.facts[each.underlying], snapshot.conditions) for each in found]
    known = {question.prompt: recorded.complete(question) for question in questions}
    analyst = Analyst(AtOnce(known))

    def briefs() -> None:
        for each in found:
            brief(each, snapshot.facts[each.underlying], snapshot.conditions)

    def analyses() -> None:
        for each in found:
            analysis = analyst.analyse(each, snapshot.facts[each.underlying], snapshot.conditions)
            if not analysis.grounded:
                raise AssertionError(f"{each.label} is not grounded, so its check may have ended early")

    base, real = in_turns(lambda: worked(briefs) / len(found), lambda: worked(analyses) / len(found), rounds=rounds)
    by_the_clock = statistics.median(timed(analyses) for _ in range(rounds)) / len(found)
    return Measurement(
        name="analyst, per candidate",
        base=Timed("its brief alone", base),
        real=Timed("all but the model", real),
        bar=ONE_BAR,
        note=f"{len(found)} candidates of the embedded day, each with its recorded answer; "
        f"seconds of the processor, by the clock {1e3 * by_the_clock:.1f} ms",
        reason="most of it is the reading of numbers and the rendering of the brief",
    )


def worked(work: Callable[[], None]) -> float:
    """Seconds of this process's processor: nothing here waits, and a busy machine is not the analyst's doing."""
    start = time.process_time()
    work()
    return time.process_time() - start


# many of them


def crowd(
    snapshot: Snapshot,
    found: Sequence[Candidate],
    *,
    rounds: int,
    count: int = CROWD,
    latency: float = LATENCY,
    at_a_time: int = SETTINGS.model.concurrency,
) -> Measurement:
    """`count` decisions, `at_a_time` of them with the provider at once."""
    alone = count / at_a_time * latency
    with AnthropicServer(_answer()) as server:
        server.latency = latency
        seconds = tuple(_analysed(snapshot, many(found, count), server, at_a_time) for _ in range(rounds))
    return Measurement(
        name=f"{count} candidates",
        base=Timed(f"{count} / {at_a_time} × {latency:g} s", (alone,) * rounds),
        real=Timed(f"analysed, {at_a_time} at a time", seconds),
        bar=CROWD_BAR,
        note=f"a loopback provider that takes {latency:g} s, the real SDK, "
        "the graph's checkpoints and the spend ledger on disk",
        reason="the threads of one process share its processor and the ledger's one writer",
    )


def many(found: Sequence[Candidate], count: int) -> tuple[Candidate, ...]:
    """So many different trades: the same ones again at strikes a hair apart."""

    def moved(leg: Leg, by: int) -> Leg:
        strike = leg.contract.strike + by / 1000
        return leg.model_copy(update={"contract": leg.contract.model_copy(update={"strike": strike})})

    rounds = range(count // len(found) + 1)
    every = (
        each.model_copy(update={"legs": tuple(moved(leg, number) for leg in each.legs)})
        for number in rounds
        for each in found
    )
    return tuple(every)[:count]


def _analysed(snapshot: Snapshot, every: Sequence[Candidate], server: AnthropicServer, at_a_time: int) -> float:
    """Seconds from the first thread begun to the last analysis written."""
    model = SETTINGS.model.model_copy(update={"concurrency": at_a_time})
    settings = SETTINGS.model_copy(update={"model": model})
    live = AnthropicModel(api_key="bench", base_url=server.url)
    with TemporaryDirectory() as folder, open_ledger(Home(Path(folder)), now=present) as purse:
        paid = BudgetedModel(live, caps=model.caps, store=LedgerSpend(purse.spending, now=present))
        analyst = Analyst(BoundedModel(GuardedModel(paid), most=at_a_time))
        with opened(Home(Path(folder)), snapshot, analyst, settings=settings) as (services, graph):
            ids = services.ledger.propose(
                key="bench",
                as_of=snapshot.as_of,
                mode=settings.mode.value,
                market=CHOICE.model_dump(mode="json"),
                counts=snapshot.counts,
                rejected={},
                proposals=[(each, facts_of(each, snapshot)) for each in every],
            )
            threads = Threads(services, graph)
            seconds = timed(lambda: analyse_all(services, threads, ids, send=False, progress=quiet))
            answered = sum(services.ledger.record(decision_id).analysis is not None for decision_id in ids)
    if answered != len(every):
        raise AssertionError(f"{answered} of {len(every)} candidates were analysed")
    return seconds


def _answer() -> str:
    """An answer without a number, so that it is grounded for every candidate."""
    return json.dumps(
        {
            "rationale": "The premium is paid for a strike that the trend does not threaten.",
            "risk_narrative": "A fast fall hurts first by volatility and then by delta.",
            "risk_factors": ["a fast fall", "a thin market"],
            "catalysts": [],
            "sentiment": "Positioning is calm.",
            "earnings": "They are not the point of this trade.",
            "sector_and_macro": "There is no stress in the sector.",
            "scenarios": {"best": "It drifts up.", "base": "It decays.", "worst": "It falls far below the strike."},
            "similar_trades": "None on record.",
            "exit_plan": "Buy it back at half the credit.",
            "verdict": "approve",
            "confidence": 6.5,
        }
    )
