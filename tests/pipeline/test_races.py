"""Fifty people at once, and thousands of answers that nobody was asked for: one order of each decision, or none.

The fast forms run in the suite, the figures of a release (1,000 × 50, 10,000) under `soak`.
"""

from __future__ import annotations

import random
import secrets
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy.engine import make_url

from pipeline.cli.app import run_app
from pipeline.home import Home
from pipeline.market import MarketChoice
from pipeline.settings import load_settings
from pipeline.wiring import open_ledger, open_session
from tests.crash.stores import PostgresStore
from tests.pipeline.answering import CHANNELS, USERS, answer
from tests.pipeline.floor import ANNA, BEN, CLEO, PEOPLE, Browser, Floor
from tests.tools.ledger.forking import in_child
from tools.approvals.answer import Answer, Word
from tools.domain.decision import DecisionState
from tools.domain.errors import AlreadyDecided, LedgerError

RACERS = 50
TRIALS, BLOCK = 1000, 50
NAMES = ("Anna", "Ben", "Cleo")


@pytest.fixture
def floor(asking: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Floor]:
    with Floor.open(asking, monkeypatch) as floor:
        floor.approvals.refresh()
        yield floor


def at_once(jobs: list[Callable[[], object]]) -> list[object]:
    """All of them, begun together."""
    barrier = Barrier(len(jobs))

    def run(job: Callable[[], object]) -> object:
        barrier.wait()
        return job()

    with ThreadPoolExecutor(max_workers=len(jobs)) as pool:
        return list(pool.map(run, jobs))


def race(floor: Floor, decision_id: str, seed: int) -> None:
    """Fifty approvers over the three channels, and the one order that comes of them."""
    drawn = random.Random(seed)
    words = [answer(floor, drawn.choice(CHANNELS), decision_id, by=drawn.choice(NAMES[:2])) for _ in range(RACERS)]
    said = at_once([lambda word=word: floor.approvals.decide(word) for word in words])  # type: ignore[misc]
    assert sum(each.took for each in said) == 1  # type: ignore[attr-defined]
    one_order(floor, decision_id)


def one_order(floor: Floor, decision_id: str) -> None:
    assert floor.record(decision_id).state is DecisionState.APPROVED
    assert len([each for each in floor.ledger.intents() if each.decision_id == decision_id]) == 1
    assert len(floor.orders_of(decision_id)) == 1
    assert floor.ledger.verify() == []


def test_fifty_at_once_through_the_one_policy(floor: Floor) -> None:
    for seed, record in enumerate(floor.approvals.waiting()):
        race(floor, record.id, seed)


def test_fifty_at_once_over_the_real_wires(floor: Floor) -> None:
    """Signed requests from Slack, forms of signed-in browsers, and the console, all on one decision."""
    first = floor.waiting()
    before = len(floor.orders())
    with floor.serving() as base:
        people = [Browser(base, floor.visits.paths()[name]) for name in NAMES]
        for person in people:
            person.get(f"/approvals/{first.id}")
        message = floor.slack.messages[0]
        clicks = [
            floor.slack.signed(floor.slack.pressed("tg_approve", by=by, message=message))
            for by in (ANNA, BEN, CLEO)
        ]

        def click(number: int) -> object:
            return floor.slack.post(f"{base}/slack/events", *clicks[number % 3])

        def form(number: int) -> object:
            known = people[number % 3]
            return known.twin().send(f"/approvals/{first.id}/approve", **known.tokens()).status

        def verb(number: int) -> object:
            floor.approvals.decide(answer(floor, "console", first.id, by=NAMES[number % 2]))
            return 200

        kinds = (click, form, verb)
        said = at_once([lambda n=n: kinds[n % 3](n) for n in range(RACERS)])  # type: ignore[misc]
        assert set(said) == {200}
        assert floor.slack.wait_until(lambda: floor.record(first.id).order is not None)
        assert floor.slack.wait_until(lambda: not floor.slack.messages[0].buttons())
    assert len(floor.orders()) == before + 1
    one_order(floor, first.id)


def test_processes_at_once_are_one_order(asking: Path, one_market: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each opens the account for itself, as a verb in another terminal does."""
    (asking / "thetagate.toml").write_text(PEOPLE)
    where, settings = Home(asking), load_settings(asking)
    choice = where.read_market()
    assert choice is not None
    with open_ledger(where) as ledger:
        first = ledger.decisions(states=[DecisionState.WAITING])[0].id

    def approver(name: str) -> Callable[[], int]:
        def run() -> int:
            return 0 if _approves(where, choice, first, name) else 1

        return run

    assert settings.approvers
    assert Counter(in_child(*[approver(NAMES[turn % 2]) for turn in range(6)])) == {0: 1, 1: 5}
    with open_ledger(where) as ledger:
        assert ledger.verify() == []
        assert len([each for each in ledger.intents() if each.decision_id == first]) == 1


def _approves(where: Home, choice: MarketChoice, decision_id: str, name: str) -> bool:
    from pipeline.approving import authority_of, decide

    settings = load_settings(where.root)
    word = Answer(decision_id, Word.APPROVE, channel="console", user=USERS["console"][name])
    with open_session(where, settings, choice) as session:
        try:
            decide(session, word, authority_of(settings))
        except AlreadyDecided:
            return False
    return True


# answers that nobody was asked for


def attack(floor: Floor, decision_id: str, drawn: random.Random, kept: dict[str, list[Answer]]) -> Answer:
    """One forged, replayed, expired, borrowed or strange approval."""
    channel = drawn.choice(CHANNELS)
    kind = drawn.choice(("forged", "bent", "borrowed", "replayed", "expired", "superseded", "stranger"))
    user = USERS[channel][drawn.choice(NAMES[:2])]
    card = drawn.choice(("slack", "web"))
    match kind:
        case "forged":
            return Answer(decision_id, Word.APPROVE, card, USERS[card]["Anna"], secrets.token_urlsafe(24))
        case "bent":
            real = drawn.choice(kept["good"])
            at = drawn.randrange(len(real.secret))
            letter = drawn.choice([each for each in "abcXYZ012_-" if each != real.secret[at]])
            bent = real.secret[:at] + letter + real.secret[at + 1 :]
            return Answer(decision_id, Word.APPROVE, real.channel, real.user, bent)
        case "borrowed":
            real = drawn.choice(kept["good"])
            other = "web" if real.channel == "slack" else "slack"
            return Answer(decision_id, Word.APPROVE, other, USERS[other]["Anna"], real.secret)
        case "stranger":
            secret = drawn.choice(kept["good"]).secret
            return Answer(
                decision_id, Word.APPROVE, channel, drawn.choice(["", user.lower() + "x", "U0NOBODY"]), secret
            )
    return drawn.choice(kept[kind])


def under_attack(floor: Floor, times: int) -> None:
    """A waiting decision that `times` bad approvals leave waiting."""
    spent, first = floor.approvals.waiting()
    kept: dict[str, list[Answer]] = {
        "replayed": [answer(floor, channel, spent.id) for channel in ("slack", "web")],
        "superseded": [answer(floor, channel, first.id) for channel in ("slack", "web")],
    }
    assert floor.approvals.decide(answer(floor, "web", spent.id)).took
    assert floor.approvals.decide(answer(floor, "web", first.id, Word.EDIT, contracts=1)).took
    kept["expired"] = [answer(floor, channel, first.id) for channel in ("slack", "web")]
    floor.later(5)
    floor.approvals.refresh()
    kept["good"] = [answer(floor, channel, first.id) for channel in ("slack", "web")]
    before, drawn = len(floor.orders()), random.Random(6)
    tried = len(floor.turned_away())
    for _ in range(times):
        bad = attack(floor, first.id, drawn, kept)
        assert not floor.approvals.decide(bad).took, bad
    assert floor.record(first.id).state is DecisionState.WAITING
    assert len(floor.orders()) == before
    assert len(floor.turned_away()) == tried + times, "every one of them stands in the audit trail"
    assert floor.ledger.verify() == []
    assert floor.approvals.decide(kept["good"][0]).took, "and the real card was good all the while"
    one_order(floor, first.id)


def test_a_few_hundred_bad_approvals_approve_nothing(floor: Floor) -> None:
    under_attack(floor, 300)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_ten_thousand_bad_approvals_approve_nothing(floor: Floor) -> None:
    under_attack(floor, 10_000)


Fresh = Callable[[str], AbstractContextManager[Path]]


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fresh:
    """Homes in which trades wait, one for each race, on either database."""
    if request.param == "sqlite":
        traded = request.getfixturevalue("traded")
        store, prepared = None, ""
    else:
        traded, store = tmp_path / "traded", PostgresStore(request.getfixturevalue("postgres_server"))
        prepared = store.prepare(tmp_path, lambda _: None)
        at(prepared, monkeypatch)
        assert run_app(["run", "--json", "--home", str(traded)]) == 0

    @contextmanager
    def copied(name: str) -> Iterator[Path]:
        folder = tmp_path / name
        shutil.copytree(traded, folder)
        address = store.copy(prepared, folder) if store else ""
        if store:
            at(address, monkeypatch)
        yield folder
        shutil.rmtree(folder)
        if store:
            store.drop(address)

    return copied


def at(address: str, patch: pytest.MonkeyPatch) -> None:
    told = make_url(address).set(drivername="postgresql")
    patch.setenv("DATABASE_URL", told.render_as_string(hide_password=False))


def races(fresh: Fresh, seeds: range, patch: pytest.MonkeyPatch) -> None:
    for seed in seeds:
        with fresh(f"home-{seed}") as home, Floor.open(home, patch) as floor:
            floor.approvals.refresh()
            race(floor, floor.waiting().id, seed)


def test_a_few_races_on_either_database(fresh: Fresh, monkeypatch: pytest.MonkeyPatch) -> None:
    races(fresh, range(1), monkeypatch)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("block", range(TRIALS // BLOCK))
def test_a_thousand_races_of_fifty_are_a_thousand_orders(
    fresh: Fresh, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    races(fresh, range(block * BLOCK, (block + 1) * BLOCK), monkeypatch)


def test_a_second_word_in_the_database_finds_the_first(floor: Floor) -> None:
    """Without any lock of ours: fifty writers with the same genuine offer, straight into the ledger."""
    first = floor.waiting()
    standing = floor.ledger.latest_offer(first.id, "slack")
    assert standing is not None
    from tests.tools.ledger.specimens import approval

    def write(number: int) -> object:
        word = approval(standing.offer.intent, by=f"racer {number}", nonce=standing.offer.nonce, at=floor.at)
        try:
            floor.ledger.approve(first.id, word, standing.offer.intent)
        except LedgerError:
            return False
        return True

    assert at_once([lambda n=n: write(n) for n in range(RACERS)]).count(True) == 1  # type: ignore[misc]
    assert floor.ledger.verify() == []
