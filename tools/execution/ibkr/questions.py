"""What TWS is asked, each time anew: a day's orders and executions, holdings, figures, and what a contract is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from tools.domain.errors import BrokerError, BrokerRejected
from tools.domain.structure import Leg
from tools.execution.ibkr.contracts import agrees, contract_of, wanted
from tools.execution.ibkr.form import SELL
from tools.execution.ibkr.session import TwsSession
from tools.execution.ibkr.told import Execution, Row, executions_of, rows_of

if TYPE_CHECKING:
    from ib_async import IB, Contract
    from ib_async import Position as Holding


@dataclass(frozen=True)
class Day:
    """What TWS tells at one look: orders by permanent id, and executions."""

    rows: Mapping[int, Row]
    executions: tuple[Execution, ...]

    def of(self, client_order_id: str) -> Row | None:
        return next((row for row in self.rows.values() if row.name == client_order_id), None)


@dataclass(frozen=True)
class Worth:
    """The account's own figures by (tag, currency), and the marks of its holdings by contract number."""

    figures: Mapping[tuple[str, str], str]
    marks: Mapping[int, float]

    def amount(self, *names: tuple[str, str]) -> Decimal | None:
        found = next((self.figures[name] for name in names if name in self.figures), None)
        return None if found is None else Decimal(found)


class Questions:
    """The questions of one session, each a `BrokerError` where TWS does not answer; contracts are asked once."""

    def __init__(self, session: TwsSession) -> None:
        self._session = session
        self._contracts: dict[int, Contract] = {}

    def day(self) -> Day:
        """Open orders first: what ends meanwhile is among the completed ones then."""

        async def ask(ib: IB) -> tuple[dict[int, Row], list[int]]:
            opened = await ib.reqAllOpenOrdersAsync()
            completed = await ib.reqCompletedOrdersAsync(False)
            rows = rows_of(opened, completed, ib.trades())
            legs = {leg.conId for row in rows.values() for leg in row.contract.comboLegs or ()}
            return {key: row for key, row in rows.items() if self._is_here(row)}, sorted(legs)

        rows, legs = self._session.look_up("its orders", ask)
        executions = self.executions()
        for number in legs:
            self.contract(number)
        return Day(rows, executions)

    def _is_here(self, row: Row) -> bool:
        return row.trade.order.account in {"", self._session.account}

    def executions(self) -> tuple[Execution, ...]:
        account = self._session.account

        async def ask(ib: IB) -> tuple[Execution, ...]:
            from ib_async import ExecutionFilter

            await ib.reqExecutionsAsync(ExecutionFilter(acctCode=account))
            return executions_of(ib.fills(), account=account)

        return self._session.look_up("its executions", ask)

    def qualified(self, leg: Leg) -> Contract:
        """TWS's own contract of a leg; `BrokerRejected` where it has none, several, or another thing."""

        async def ask(ib: IB) -> list[tuple[Contract, int]]:
            told = await ib.reqContractDetailsAsync(form)
            return [(each.contract, each.priceMagnifier) for each in told if each.contract is not None]

        form = wanted(leg.contract)
        try:
            found = self._session.look_up(f"contract {leg.contract.occ}", ask)
        except BrokerError as error:
            raise BrokerRejected(f"{error} Nothing was sent.") from None
        fitting = [(each, magnifier) for each, magnifier in found if agrees(each, leg.contract)]
        if len(fitting) != 1 or fitting[0][1] not in {0, 1}:
            raise BrokerRejected(
                f"TWS knows {len(fitting)} contracts as {leg.contract.occ}, priced as here; nothing was sent."
            )
        contract = fitting[0][0]
        contract.exchange = form.exchange
        self._contracts[contract.conId] = contract
        return contract

    def contract(self, number: int) -> Contract:
        """The contract of this number, asked once."""
        if number not in self._contracts:
            from ib_async import Contract

            async def ask(ib: IB) -> list[Contract]:
                told = await ib.reqContractDetailsAsync(Contract(conId=number))
                return [each.contract for each in told if each.contract is not None]

            found = self._session.look_up(f"contract {number}", ask)
            if len(found) != 1:
                raise BrokerError(f"TWS does not tell what contract {number} is; look there before trading on.")
            self._contracts[number] = found[0]
        return self._contracts[number]

    def legs(self, row: Row) -> tuple[Leg, ...]:
        """One unit as TWS holds it; empty where it holds something that the house has no type for."""
        sign = -1 if row.action == SELL else 1
        combo = row.contract.comboLegs or ()
        parts = [(self.contract(leg.conId), leg.ratio if leg.action == "BUY" else -leg.ratio) for leg in combo]
        legs = []
        for contract, ratio in parts or [(row.contract, 1)]:
            ours = contract_of(contract)
            if ours is None:
                return ()
            legs.append(Leg(contract=ours, quantity=sign * ratio))
        return tuple(legs)

    def holdings(self) -> list[Holding]:
        async def ask(ib: IB) -> list[Holding]:
            return list(await ib.reqPositionsAsync())

        told = self._session.look_up("its positions", ask)
        return [each for each in told if each.account == self._session.account and each.position]

    def worth(self) -> Worth:
        account = self._session.account

        async def ask(ib: IB) -> Worth:
            await ib.reqAccountUpdatesAsync(account)
            ib.client.reqAccountUpdates(False, account)  # type: ignore[no-untyped-call]  # so that the next one is told anew
            figures = {(each.tag, each.currency): each.value for each in ib.accountValues(account)}
            return Worth(figures, {each.contract.conId: each.marketPrice for each in ib.portfolio(account)})

        return self._session.look_up("its account", ask)

    def delivers(self, contract: Contract) -> str:
        """The ticker of the shares that an option turns into; empty for anything that turns into none."""
        if contract.secType != "OPT":
            return ""
        from ib_async import Contract

        async def ask(ib: IB) -> list[str]:
            told = await ib.reqContractDetailsAsync(Contract(conId=contract.conId))
            return [each.underSecType for each in told]

        kinds = self._session.look_up(f"contract {contract.conId}", ask)
        return contract.symbol.replace(" ", ".") if kinds == ["STK"] else ""
