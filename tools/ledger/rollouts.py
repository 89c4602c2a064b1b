"""Where books stand in their rollout: the stage of each, and every move with what it was moved for (spec H6).

    move → the row of the book · an event of the chain · a row of `strategy_rules_audit`     in one transaction

New trades are sized by the stage, so it is evidence like a decision: the audit derives the rows from the events.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select

from tools.books.rollout import Stage
from tools.domain.value import Value, canonical
from tools.ledger import chain, evaluations
from tools.ledger.evaluations import Evaluation, RunKind
from tools.ledger.instant import to_text
from tools.ledger.schema import events, rollout_stages

KIND = "rollout"


class Standing(Value):
    """One book's place in its rollout.

    since   the instant its stage began; only what ended after it is evidence
    begun   the stage that the settings named when it began; another one there begins it anew
    move    began, promoted, stepped_back
    """

    book: str
    stage: Stage
    since: datetime
    begun: Stage
    move: str
    reasons: tuple[str, ...] = ()


def standings(connection: Connection, account: str) -> dict[str, Standing]:
    """By book."""
    rows = connection.execute(select(rollout_stages.c.body).where(rollout_stages.c.account == account))
    found = (Standing.model_validate_json(row.body) for row in rows)
    return {each.book: each for each in sorted(found, key=lambda each: each.book)}


def move(
    connection: Connection,
    account: str,
    standing: Standing,
    *,
    rules: dict[str, Any],
    shown: dict[str, Any],
    actor: str,
    at: datetime,
) -> None:
    """Put a book in its stage. `rules` is the book as data, `shown` the evidence it was moved on."""
    number = 1 + (connection.scalar(select(func.count()).where(events.c.kind == KIND)) or 0)
    body = {"account": account, **standing.model_dump(mode="json"), "shown": shown}
    chain.append(connection, kind=KIND, key=f"{KIND}/{number}", body=body, actor=actor, at=at)
    here = (rollout_stages.c.account == account, rollout_stages.c.book == standing.book)
    connection.execute(delete(rollout_stages).where(*here))
    connection.execute(
        insert(rollout_stages).values(
            account=account,
            book=standing.book,
            stage=standing.stage.value,
            since=to_text(standing.since),
            body=canonical(standing.model_dump(mode="json")),
        )
    )
    told = {"stage": standing.stage.value, "reasons": list(standing.reasons), **shown}
    evaluation = Evaluation(name=standing.book, kind=RunKind.LIVE, rules=rules, figures=told, status=standing.move)
    evaluations.record(
        connection, f"{KIND}/{number}", kind=RunKind.LIVE, evaluations=[evaluation], metrics=[], at=at
    )


def rows(connection: Connection) -> dict[str, str]:
    """What the table says, by account and book."""
    return {f"{row.account}/{row.book}": row.body for row in connection.execute(select(rollout_stages))}


def told(data: Iterable[dict[str, Any]]) -> dict[str, str]:
    """What the events say, in the form of `rows`; the last word on a book holds."""
    beside = {"account", "shown"}
    return {
        f"{each['account']}/{each['book']}": canonical({key: each[key] for key in each.keys() - beside})
        for each in data
    }
