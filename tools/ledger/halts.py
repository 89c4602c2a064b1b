"""The kill switch as a row: what is in force, and every time it was set or lifted, with who and why (spec H7).

set | lift → the row of the account · an event of the chain     in one transaction
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select

from tools.domain.halt import Halt
from tools.domain.value import canonical
from tools.ledger import chain
from tools.ledger.schema import events, halts

KIND = "halt"

_READ = select(halts.c.body).where(halts.c.account == bindparam("owner"))


def read(connection: Connection, account: str) -> Halt | None:
    """What is in force."""
    body = connection.scalar(_READ, {"owner": account})
    return None if body is None else Halt.model_validate_json(body)


def put(connection: Connection, account: str, halt: Halt | None, *, by: str, reason: str, at: datetime) -> bool:
    """Set it, or lift it with None. False where that is how it stands."""
    if read(connection, account) == halt:
        return False
    number = 1 + (connection.scalar(select(func.count()).where(events.c.kind == KIND)) or 0)
    word = None if halt is None else halt.model_dump(mode="json")
    body = {"account": account, "halt": word, "by": by, "reason": reason}
    chain.append(connection, kind=KIND, key=f"{KIND}/{number}", body=body, actor=by, at=at)
    connection.execute(delete(halts).where(halts.c.account == account))
    if word is not None:
        connection.execute(insert(halts).values(account=account, body=canonical(word)))
    return True


def rows(connection: Connection) -> dict[str, str]:
    """What the table says, by account."""
    return {row.account: row.body for row in connection.execute(select(halts))}


def told(data: Iterable[dict[str, Any]]) -> dict[str, str]:
    """What the events say, in the form of `rows`; the last word holds."""
    last = {each["account"]: each["halt"] for each in data}
    return {account: canonical(word) for account, word in last.items() if word is not None}
