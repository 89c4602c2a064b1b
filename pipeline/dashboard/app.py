"""The application: a list of what waits, a page for each, and the forms that answer.

create_app(approvals, channel, sessions) ─→ FastAPI          serve it on 127.0.0.1 alone

Every answer is a form with the session's token and the card's own secret; the page decides nothing itself.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, FastAPI, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.concurrency import run_in_threadpool

from pipeline.dashboard import words
from pipeline.dashboard.guard import SLACK_PATH, Guard
from pipeline.dashboard.sessions import Sessions, Visitor
from tools.approvals.answer import Answer, Word
from tools.approvals.authority import WEB
from tools.approvals.console import plain
from tools.approvals.ending import how_it_ended
from tools.approvals.web import WebChannel
from tools.domain.decision import DecisionState
from tools.domain.errors import NotFound, ThetagateError

if TYPE_CHECKING:
    from pipeline.approving import Approvals
    from tools.approvals.slack_app import SlackApp

COOKIE = "thetagate_session"
LONGEST_REASON = 500

_SHUT = "Open the link that was printed when the service started: it knows who you are."


class NotIn(Exception):
    """Nobody is signed in."""


def create_app(
    approvals: Approvals,
    channel: WebChannel,
    sessions: Sessions,
    *,
    slack: SlackApp | None = None,
    clock: Callable[[], datetime] | None = None,
) -> FastAPI:
    """The pages over one policy. `clock` runs the countdowns; without it time stands where the market's does."""
    app = FastAPI(title="thetagate", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(Guard)
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"), name="static")
    app.add_exception_handler(NotIn, _shut)
    _add_way_in(app, sessions)
    _Pages(approvals, channel, sessions, clock).add_to(app)
    if slack is not None:
        _add_slack(app, slack)
    return app


def _add_way_in(app: FastAPI, sessions: Sessions) -> None:
    @app.get("/enter")
    def enter(token: str = "") -> Response:
        cookie = sessions.enter(token)
        if cookie is None:
            raise NotIn
        inside = RedirectResponse("/approvals", status_code=303)
        inside.set_cookie(COOKIE, cookie, httponly=True, samesite="lax", path="/")
        return inside

    @app.get("/")
    def root() -> Response:
        return RedirectResponse("/approvals", status_code=303)


class _Pages:
    """The routes that need a person."""

    def __init__(
        self,
        approvals: Approvals,
        channel: WebChannel,
        sessions: Sessions,
        clock: Callable[[], datetime] | None,
    ) -> None:
        self._approvals = approvals
        self._channel = channel
        self._sessions = sessions
        self._clock = clock
        self._templates = _templates()

    def add_to(self, app: FastAPI) -> None:
        visitor = Depends(self.visitor)

        @app.get("/approvals")
        def listed(person: Visitor = visitor) -> Response:
            self._look()
            return self._page("list.html", person, cards=self._channel.cards())

        @app.get("/approvals/{decision_id}")
        def shown(decision_id: str, person: Visitor = visitor) -> Response:
            self._look()
            return self._card(decision_id, person)

        @app.get("/approvals/{decision_id}/state")
        def state(decision_id: str, person: Visitor = visitor) -> Response:
            card = self._channel.card(decision_id)
            return JSONResponse({"open": card is not None, "stamp": "" if card is None else _stamp(card.secret)})

        @app.post("/approvals/{decision_id}/{word}")
        def answered(
            decision_id: str,
            word: Word,
            person: Visitor = visitor,
            token: Annotated[str, Form()] = "",
            secret: Annotated[str, Form()] = "",
            reason: Annotated[str, Form()] = "",
            contracts: Annotated[str, Form()] = "",
            price: Annotated[str, Form()] = "",
        ) -> Response:
            if not person.sent(token):
                raise HTTPException(403, "This form is not of your session; open the page again.")
            try:
                answer = Answer(
                    decision_id,
                    word,
                    channel=WEB,
                    user=person.name,
                    secret=secret,
                    reason=plain(reason)[:LONGEST_REASON],
                    contracts=int(contracts) if contracts.strip() else None,
                    price=Decimal(price.strip()) if price.strip() else None,
                )
            except (ValueError, InvalidOperation):
                return self._card(decision_id, person, said="Contracts are a whole number, the price a decimal.")
            if word is Word.REJECT and not answer.reason:
                return self._card(
                    decision_id, person, said="A rejection needs its reason; it stands in the record."
                )
            said = self._approvals.decide(answer)
            return self._card(decision_id, person, said=said.text, took=said.took)

    def visitor(self, request: Request) -> Visitor:
        person = self._sessions.visitor(request.cookies.get(COOKIE))
        if person is None:
            raise NotIn
        return person

    def _look(self) -> None:
        """Show what waits and is not shown yet, as right after a start; take back what was decided elsewhere."""
        standing = set(self._channel.shown())
        if any(record.id not in standing for record in self._approvals.waiting()):
            try:
                self._approvals.refresh()
            except ThetagateError:
                return  # another process holds the account for now: what stands is shown
        else:
            self._approvals.close_decided()

    def _card(self, decision_id: str, person: Visitor, *, said: str = "", took: bool = False) -> Response:
        card = self._channel.card(decision_id)
        if card is not None:
            return self._page("card.html", person, card=card, stamp=_stamp(card.secret), said=said, took=took)
        try:
            record = self._approvals.ledger.record(decision_id)
        except NotFound:
            raise HTTPException(404, "No such decision.") from None
        ended = self._channel.ended(record.id) or how_it_ended(record)
        waits = record.state is DecisionState.WAITING
        return self._page("ended.html", person, record=record, ended=ended, waits=waits, said=said)

    def _page(self, name: str, person: Visitor, **values: Any) -> Response:
        now = None if self._clock is None else self._clock()
        html = self._templates.get_template(name).render(person=person, now=now, **values)
        return HTMLResponse(html)


def _add_slack(app: FastAPI, slack: SlackApp) -> None:
    from slack_bolt.adapter.starlette.handler import to_bolt_request, to_starlette_response

    @app.post(SLACK_PATH)
    async def events(request: Request) -> Response:
        body = await request.body()
        return to_starlette_response(await run_in_threadpool(slack.dispatch, to_bolt_request(request, body)))


def _shut(_request: Request, _error: Exception) -> Response:
    return HTMLResponse(_templates().get_template("shut.html").render(text=_SHUT), 401)


def _stamp(secret: str) -> str:
    """What tells one showing from the next without giving its secret away."""
    from tools.domain.offer import digest_of

    return digest_of(secret)[:16]


def _templates() -> Environment:
    made = Environment(
        loader=PackageLoader("pipeline.dashboard"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        money=words.money, share=words.share, stamp=words.stamp, gauge=words.gauge, bar=words.bar, plain=plain
    )
    made.globals.update(total=words.total, quote_age=words.quote_age)
    return made
