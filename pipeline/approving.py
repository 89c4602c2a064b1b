"""The one policy behind every channel: who speaks, to which card, and what comes of it.

    answer → admitted? ─ no ──→ an audit row, and nothing else
                └ yes → session, one at a time → decide → every channel's card is edited or taken back

A card is admitted once; the decision itself is the ledger's compare-and-swap, whichever process asks it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from threading import Lock
from typing import TYPE_CHECKING

from pipeline import deciding
from pipeline.offering import show
from pipeline.settings import user_name
from tools.approvals.answer import Answer, Decided, Fault, Word, fault
from tools.approvals.authority import CONSOLE, Approver, Authority
from tools.approvals.card import Card
from tools.approvals.ending import how_it_ended
from tools.domain.decision import DecisionRecord, DecisionState
from tools.domain.errors import ChannelError, ConfigError, NotFound, ThetagateError
from tools.domain.offer import Asked, Offer, digest_of

if TYPE_CHECKING:
    from pipeline.home import Home
    from pipeline.services import Services
    from pipeline.settings import Settings
    from pipeline.wiring import Session
    from tools.approvals.channel import ApprovalChannel
    from tools.ledger.store import Ledger

LOG = logging.getLogger("thetagate.approvals")


class TurnedAway(ThetagateError):
    """The answer counts for nothing; that it was tried stands in the audit trail."""

    def __init__(self, message: str, why: Fault) -> None:
        super().__init__(message)
        self.fault = why


def authority_of(settings: Settings) -> Authority:
    """Who may decide: the named approvers, else whoever sits at this machine."""
    if settings.approvers and settings.approvals.approver:
        raise ConfigError(
            "approvals.approver names this console only where [[approvers]] names nobody; "
            "drop the line, and give the person a login."
        )
    return Authority(settings.approvers, owner=settings.approvals.approver or user_name())


def at_the_console(settings: Settings) -> str:
    """How the console knows who sits at it."""
    return user_name() if settings.approvers else settings.approvals.approver or user_name()


def admit(
    ledger: Ledger, answer: Answer, authority: Authority, *, now: datetime | None
) -> tuple[Approver, Offer | None]:
    """Who answers, and to which showing; `TurnedAway`, written down, for what counts for nothing.

    The console shows and answers in one breath, so it needs no card of its own.
    """
    person = authority.person(answer.channel, answer.user)
    if person is None:
        raise _turned_away(ledger, answer, Fault.STRANGER)
    if answer.word is Word.OVERRIDE and not person.may_override:
        raise _turned_away(ledger, answer, Fault.NO_OVERRIDE)
    if answer.channel == CONSOLE and not answer.secret:
        return person, None
    standing = ledger.offer(digest_of(answer.secret)) if answer.secret else None
    revision = 0 if standing is None else ledger.record(standing.offer.decision_id).revision
    why = fault(answer, standing, revision=revision, now=now)
    if why is not None or standing is None:
        raise _turned_away(ledger, answer, why or Fault.FORGED)
    return person, standing.offer


def decide(session: Session, answer: Answer, authority: Authority) -> DecisionRecord:
    """What comes of an answer, in a session of the caller's. Errors say why nothing was decided."""
    ledger, now = session.services.ledger, session.services.now()
    person, offer = admit(ledger, answer, authority, now=now)
    said = {"by": person.name, "reason": answer.reason, "channel": answer.channel}
    match answer.word:
        case Word.REJECT:
            return deciding.reject(session, answer.decision_id, offer=offer, **said)
        case Word.EDIT:
            return deciding.edit(
                session, answer.decision_id, contracts=answer.contracts, price=answer.price, **said
            )
        case Word.OVERRIDE:
            return deciding.override(session, answer.decision_id, offer=offer, **said)
    asked = deciding.asked_for(session.services, answer.decision_id)
    if asked is None:
        return deciding.approve(session, answer.decision_id, offer=offer, **said)
    if not person.may_override:
        raise _turned_away(ledger, answer, Fault.NO_OVERRIDE)
    agrees = answer.reason or f"agrees with {asked.approval.by}: {asked.approval.reason}"
    return deciding.override(session, answer.decision_id, offer=offer, **said | {"reason": agrees})


def approvals_of(home: Home, settings: Settings, ledger: Ledger, *, live: bool = False) -> Approvals:
    """The policy over a home: a session for each answer, on the home's market as it then stands.

    `live` is the word of whoever runs it that real money may be spent.
    """

    def opened() -> AbstractContextManager[Session]:
        from pipeline.wiring import open_session

        market = home.read_market()
        if market is None:
            raise NotFound(f"Nothing has run in {home.root} yet; start with `thetagate demo` or `thetagate run`.")
        return open_session(home, settings, market, live=live)

    return Approvals(ledger=ledger, authority=authority_of(settings), opened=opened)


class Approvals:
    """Every channel's way to the ledger, and the ledger's way back to every card.

    ledger  a handle that lives as long as this
    opened  a session for one answer or one look, closed after it
    """

    def __init__(
        self,
        *,
        ledger: Ledger,
        authority: Authority,
        opened: Callable[[], AbstractContextManager[Session]],
    ) -> None:
        self.ledger = ledger
        self.authority = authority
        self.channels: list[ApprovalChannel] = []
        self._opened = opened
        self._turn = Lock()

    def decide(self, answer: Answer) -> Decided:
        """Take an answer. Never raises for what people do: the text says what came of it."""
        try:
            admit(self.ledger, answer, self.authority, now=None)
            with self._session() as session:
                record = decide(session, answer, self.authority)
        except deciding.StillWaiting as error:
            self._show_again(answer, error.card)
            return Decided(str(error), took=False)
        except TurnedAway as error:
            if error.fault in {Fault.EXPIRED, Fault.SUPERSEDED}:
                self._show_again(answer, None)
            self.close_decided()
            return Decided(str(error), took=False, record=self._ended(answer, error.fault))
        except ThetagateError as error:
            self.close_decided()
            return Decided(str(error), took=False, record=self._ended(answer))
        if answer.word is Word.EDIT:
            self.refresh()
            return Decided("The trade waits on its new terms.", took=True)
        self.close_decided()
        return Decided(how_it_ended(record), took=True, record=record)

    def refresh(self, session: Session | None = None) -> None:
        """Bring every card up to date: what waits is shown with a live quote, what was decided is taken back."""
        if session is None:
            with self._session() as own:
                self._ask(own)
        else:
            self._ask(session)

    def close_decided(self) -> None:
        """Take back every card whose decision is taken, wherever that happened."""
        asked = (word.intent.decision_id for word in self.ledger.asked(since=datetime.min.replace(tzinfo=UTC)))
        self._close({row.id for row in self.ledger.decisions(states=[DecisionState.WAITING])}.union(asked))

    def waiting(self) -> tuple[DecisionRecord, ...]:
        """What waits for a person, newest first."""
        rows = self.ledger.decisions(states=[DecisionState.WAITING])
        return tuple(self.ledger.record(row.id) for row in rows)

    @contextmanager
    def _session(self) -> Iterator[Session]:
        """One session at a time in this process: two resumes of one thread at once would both run it."""
        with self._turn, self._opened() as session:
            yield session

    def _ask(self, session: Session) -> None:
        services = session.services
        services.ledger.expire_due(services.now())
        waiting = [
            services.ledger.record(row.id) for row in services.ledger.decisions(states=[DecisionState.WAITING])
        ]
        asked = {word.intent.decision_id: word for word in deciding.words(services)}
        for channel in self.channels:
            for record in waiting:
                if not _stands(record, channel, services):
                    _announce(channel, show(record, services, channel.name))
            for decision_id, word in asked.items():
                record = services.ledger.record(decision_id)
                if not _stands(record, channel, services, intent_of=word):
                    _announce(channel, _asking(record, services, channel, word))
        self._close({record.id for record in waiting}.union(asked))

    def _show_again(self, answer: Answer, card: Card | None) -> None:
        """A new card in place of one that cannot be approved any more."""
        channel = next((each for each in self.channels if each.name == answer.channel), None)
        if channel is None:
            return
        if card is not None:
            _announce(channel, card)
            return
        try:
            self.refresh()
        except ThetagateError as error:
            LOG.warning("cards could not be brought up to date: %s", error)

    def _ended(self, answer: Answer, why: Fault = Fault.REPLAYED) -> DecisionRecord | None:
        """The record of a decision that somebody else has taken; none for who may not know or has invented it."""
        if why is not Fault.REPLAYED:
            return None
        try:
            record = self.ledger.record(answer.decision_id)
        except NotFound:
            return None
        return None if record.state in {DecisionState.PROPOSED, DecisionState.WAITING} else record

    def _close(self, standing: set[str]) -> None:
        """Take back every card of a decision that is not among these."""
        for channel in self.channels:
            for decision_id in channel.shown():
                if decision_id not in standing:
                    with _reaching(channel):
                        channel.withdraw(decision_id, how_it_ended(self.ledger.record(decision_id)))


def _asking(record: DecisionRecord, services: Services, channel: ApprovalChannel, word: Asked) -> Card:
    card = show(record, services, channel.name, intent=word.intent)
    text = f"{word.approval.by} asks to override this refusal: {word.approval.reason}. A second person has to agree"
    return card.model_copy(update={"reasons": (text, *card.reasons)})


def _stands(
    record: DecisionRecord, channel: ApprovalChannel, services: Services, *, intent_of: Asked | None = None
) -> bool:
    """Whether the channel's card of a decision may still be answered as it is."""
    if record.id not in channel.shown():
        return False
    last = services.ledger.latest_offer(record.id, channel.name)
    if last is None or last.spent_by is not None or last.offer.intent.revision != record.revision:
        return False
    if intent_of is not None and last.offer.intent.order_hash != intent_of.intent.order_hash:
        return False
    return last.offer.shown_at <= services.now() < last.offer.good_until


def _announce(channel: ApprovalChannel, card: Card) -> None:
    with _reaching(channel):
        channel.announce(card)


@contextmanager
def _reaching(channel: ApprovalChannel) -> Iterator[None]:
    """A channel that is down keeps nobody else from deciding; the next look tries it again."""
    try:
        yield
    except ChannelError as error:
        LOG.warning("%s cannot be reached: %s", channel.name, error)


def _turned_away(ledger: Ledger, answer: Answer, why: Fault) -> TurnedAway:
    """Write down what was tried. Who comes too late is told who was first."""
    ledger.turn_away(
        {
            "channel": answer.channel,
            "user": answer.user[:80],
            "decision": answer.decision_id[:80],
            "word": answer.word.value,
            "nonce": digest_of(answer.secret) if answer.secret else "",
            "why": why.value,
        }
    )
    return TurnedAway(_too_late(ledger, answer) if why is Fault.REPLAYED else why.sentence, why)


def _too_late(ledger: Ledger, answer: Answer) -> str:
    try:
        row = ledger.decision(answer.decision_id)
    except NotFound:
        return Fault.FORGED.sentence
    if row.state in {DecisionState.PROPOSED, DecisionState.WAITING}:
        return Fault.REPLAYED.sentence
    return str(ledger.already_decided(row.id))
