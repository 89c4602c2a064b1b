"""What may become of an order between its promise and its end."""

from __future__ import annotations

from collections.abc import Callable

from tests.scenarios.expected import (
    differs,
    earned,
    failed,
    holds,
    is_decided,
    is_order,
    is_state,
    reserved,
    says_why,
    sent,
    went_well,
)
from tests.scenarios.steps import (
    before,
    calm,
    closes,
    dies,
    ends,
    expires_due,
    fault,
    fills,
    later,
    no_unique_ids,
    on_pause,
    promised,
    rolls,
    runs,
    says,
    takes_nothing_but,
    waits,
)
from tests.scenarios.world import scenario
from tests.tools.execution.doubles import lost_after, lost_before, no_fills, nothing, raising
from tools.domain.errors import BrokerError, BrokerRejected
from tools.domain.order import Order, OrderStatus


def as_part(call: Callable[[], Order]) -> Order:
    """The status of an earlier report on the figures of a later one."""
    return call().model_copy(update={"status": OrderStatus.PARTIALLY_FILLED})


FILLED = (promised(), on_pause(1, fills(4)), runs)
"""Four puts sold at 2.50: 1,000 less 2.60 of commission."""

FILLS = (
    scenario("filled at the first price", *FILLED, is_order("filled", 4, "2.50"), holds(-4), earned("997.40"),
             sent(submit=1), is_state("done"), reserved(0)),
    scenario("filled at the third price", promised(), takes_nothing_but("2.48"), runs,
             is_order("filled", 4, "2.48"), earned("989.40"), sent(submit=1, replace=2)),
    scenario("filled at the last price it may take", promised(), takes_nothing_but("2.45"), runs,
             is_order("filled", 4, "2.45"), sent(submit=1, replace=5)),
    scenario("nobody takes it", promised(), runs, is_order("cancelled", 0, "2.45"), holds(0), earned("0"),
             sent(submit=1, replace=5, cancel=1), reserved(0)),
    scenario("filled in three parts at three prices", promised(), on_pause(1, fills(1)), on_pause(2, fills(2)),
             on_pause(3, fills(1)), runs, is_order("filled", 4, "2.48"), earned("993.40"), holds(-4)),
    scenario("filled in part, the rest cancelled", promised(), on_pause(2, fills(3)), runs,
             is_order("cancelled", 3, "2.45"), holds(-3), sent(submit=1, replace=5, cancel=1), reserved(0)),
    scenario("filled better than its limit", promised(), on_pause(1, fills(4, "2.60")), runs,
             is_order("filled", 4, "2.50"), earned("1037.40")),
    scenario("one that has no room to walk", promised(floor="2.50"), runs, is_order("cancelled", 0, "2.50"),
             sent(submit=1, cancel=1)),
)  # fmt: skip

RACES = (
    scenario("filled while it is being moved", promised(), before("replace", fills(4)), runs,
             is_order("filled", 4, "2.50"), holds(-4), sent(submit=1, replace=1)),
    scenario("filled in part while it is being moved", promised(), before("replace", fills(1)),
             on_pause(3, fills(3)), runs, is_order("filled", 4), holds(-4)),
    scenario("filled while it is being cancelled", promised(floor="2.50"), before("cancel", fills(4)), runs,
             is_order("filled", 4), holds(-4), sent(submit=1, cancel=1)),
    scenario("filled in part while it is being cancelled", promised(floor="2.50"), before("cancel", fills(1)), runs,
             is_order("cancelled", 1), holds(-1)),
    scenario("a move that was lost after it arrived", promised(), fault("replace", 1, lost_after),
             takes_nothing_but("2.48"), runs, is_order("filled", 4, "2.48")),
    scenario("a move that never arrived", promised(), fault("replace", 1, lost_before), takes_nothing_but("2.48"),
             runs, is_order("filled", 4, "2.48"), sent(submit=1, replace=2)),
    scenario("a move that is refused while the order lives", promised(),
             fault("replace", 1, raising(BrokerRejected("too fast"))), takes_nothing_but("2.47"), runs,
             is_order("filled", 4, "2.47")),
    scenario("a cancel that was lost after it arrived", promised(floor="2.50"), fault("cancel", 1, lost_after),
             runs, is_order("cancelled"), went_well),
    scenario("a cancel that nobody answers is said aloud", promised(floor="2.50"), fault("cancel", 0, lost_before),
             runs, failed("may still be working"), differs(), is_state("working"), calm, runs,
             is_order("cancelled"), is_state("done")),
    scenario("a cancel that nobody answers, and then it is filled", promised(floor="2.50"),
             fault("cancel", 0, lost_before), runs, fills(4), differs("pending", "pending", "pending"), calm, runs,
             is_order("filled", 4), holds(-4)),
    scenario("cancelled by the venue in the middle of the walk", promised(), on_pause(2, ends("cancelled")), runs,
             is_order("cancelled", 0, "2.49"), sent(submit=1, replace=1), reserved(0)),
)  # fmt: skip

REPORTS = (
    scenario("executions that are told late", promised(), on_pause(1, fills(4)), fault("fills", 2, no_fills),
             fault("fills", 3, no_fills), runs, holds(-4), is_state("done")),
    scenario("executions that are told in the next run", promised(), on_pause(1, fills(4)),
             fault("fills", 0, no_fills), runs, holds(0), is_state("working"), differs("pending", "pending"), calm,
             runs, holds(-4), earned("997.40"), is_state("done")),
    scenario("executions that are told twice", promised(), on_pause(1, fills(2)), on_pause(2, fills(2)),
             fault("fills", 0, lambda call: call() * 2), runs, holds(-4), is_state("done")),
    scenario("executions that are told in the wrong order", promised(), on_pause(1, fills(1)),
             on_pause(2, fills(3)), fault("fills", 0, lambda call: call()[::-1]), runs, holds(-4),
             is_state("done")),
    scenario("a part fill that is told after the whole one", promised(), on_pause(1, fills(4)),
             fault("find", 1, as_part), runs, is_order("filled", 4), holds(-4)),
    scenario("executed after its end: nobody can explain it", promised(floor="2.50"), runs, is_order("cancelled"),
             fills(1), differs("other_end", "position", "cash")),
    scenario("a look that does not see the order does not send another", promised(), fault("find", 0, nothing),
             runs, is_order("cancelled", 0, "2.45"), sent(submit=1, replace=5, cancel=1)),
)  # fmt: skip

SENDS = (
    scenario("rejected by the venue", promised(), fault("submit", 1, raising(BrokerRejected("no such class"))),
             runs, is_order("rejected"), says_why("no such class"), is_state("done"), reserved(0), sent(submit=1)),
    scenario("accepted, then rejected", promised(), on_pause(1, ends("rejected")), runs, is_order("rejected"),
             is_state("done"), reserved(0)),
    scenario("the answer to the send is lost", promised(), fault("submit", 1, lost_after),
             takes_nothing_but("2.49"), runs, is_order("filled", 4, "2.49"), sent(submit=1, replace=1)),
    scenario("the send is lost on its way", promised(), fault("submit", 1, lost_before), takes_nothing_but("2.50"),
             runs, is_order("filled", 4), sent(submit=2)),
    scenario("the answer is lost and the order not seen yet", promised(), fault("submit", 1, lost_after),
             fault("find", 1, nothing), takes_nothing_but("2.50"), runs, is_order("filled", 4), sent(submit=2)),
    scenario("a second send is refused since the first one lives", promised(), fault("submit", 1, lost_after),
             fault("find", 1, nothing), fault("submit", 2, raising(BrokerRejected("no power"))),
             takes_nothing_but("2.50"), runs, is_order("filled", 4), holds(-4)),
    scenario("nobody answers at all", promised(), fault("submit", 0, lost_before), fault("find", 0, nothing), runs,
             is_order("unknown"), is_state("unknown"), sent(submit=2), reserved(1), calm,
             takes_nothing_but("2.50"), runs, is_order("filled", 4), reserved(0)),
    scenario("the broker is down", promised(), fault("submit", 0, raising(BrokerError("503"))), runs,
             failed("503"), is_state("sending"), calm, takes_nothing_but("2.50"), runs, is_order("filled", 4)),
    scenario("a broker that takes an id twice is not sent to twice", no_unique_ids, promised(),
             fault("submit", 1, lost_before), runs, is_order("unknown"), runs, runs, is_order("unknown"),
             says_why("a person must look"), sent(submit=1)),
    scenario("a broker that takes an id twice is believed once it knows the order", no_unique_ids, promised(),
             fault("submit", 1, lost_after), fault("find", 1, nothing), runs, is_order("unknown"),
             takes_nothing_but("2.50"), runs, is_order("filled", 4), sent(submit=1)),
)  # fmt: skip

DEATHS = (
    scenario("killed before the claim", promised(), dies("claim_intent"), runs, is_state("pending"),
             takes_nothing_but("2.50"), runs, is_order("filled", 4), sent(submit=1)),
    scenario("killed between the claim and the send", promised(), dies("claim_intent", after=True), runs,
             is_state("sending"), takes_nothing_but("2.50"), runs, is_order("filled", 4), sent(submit=1)),
    scenario("killed right after the send", promised(), dies("submit", after=True), runs, is_state("sending"),
             differs("pending"), takes_nothing_but("2.50"), runs, is_order("filled", 4), sent(submit=1)),
    scenario("killed after the send, filled before the restart", promised(), dies("submit", after=True), runs,
             fills(4), differs("pending", "pending", "pending"), runs, is_order("filled", 4), holds(-4),
             sent(submit=1)),
    scenario("killed between an execution and its order", promised(), on_pause(1, fills(4)),
             dies("record_fill", after=True), runs, holds(-4), runs, is_order("filled", 4), earned("997.40")),
    scenario("killed in the middle of the walk", promised(), dies("replace", number=3, after=True), runs,
             takes_nothing_but("2.46"), runs, is_order("filled", 4, "2.46"), sent(submit=1, replace=4)),
    scenario("killed after the cancel", promised(floor="2.50"), dies("cancel", after=True), runs, runs,
             is_order("cancelled"), is_state("done"), reserved(0)),
    scenario("killed before its reservation is let go", promised(), on_pause(1, fills(4)), dies("mark_intent",
             number=2, after=True), runs, is_order("filled", 4), reserved(1), runs, reserved(0)),
)  # fmt: skip

ANSWERS = (
    scenario("approved by a person", waits(), runs, sent(), says("anna"), is_decided("approved"),
             takes_nothing_but("2.50"), runs, is_order("filled", 4)),
    scenario("approved twice", waits(), says("anna"), says("ben"), failed("approved"), takes_nothing_but("2.50"),
             runs, runs, sent(submit=1)),
    scenario("rejected, then approved", waits(), says("anna", "rejected"), says("ben"), failed("rejected"), runs,
             is_decided("rejected"), sent(), reserved(0)),
    scenario("approved, then rejected", waits(), says("anna"), says("ben", "rejected"), failed("approved"),
             is_decided("approved"), takes_nothing_but("2.50"), runs, is_order("filled", 4)),
    scenario("approved at its deadline", waits(minutes=30), later(minutes=30), says("anna"), failed("expired"),
             is_decided("expired"), runs, sent(), reserved(0)),
    scenario("approved a second before its deadline", waits(minutes=30), later(minutes=29, seconds=59),
             says("anna"), is_decided("approved")),
    scenario("nobody answers", waits(minutes=30), later(minutes=31), expires_due, is_decided("expired"), runs,
             sent(), reserved(0)),
)  # fmt: skip

ENDINGS = (
    scenario("sold and bought back", *FILLED, later(minutes=5), closes(), takes_nothing_but("-2.50"), runs,
             is_order("filled", 4), holds(0), earned("-5.20")),
    scenario("bought back in part, then the rest", *FILLED, later(minutes=5), closes(), on_pause(1, fills(1)),
             runs, is_order("cancelled", 1, "-2.55"), holds(-3), later(minutes=5), closes(contracts=3),
             takes_nothing_but("-2.50"), runs, holds(0)),
    scenario("a closing that is killed is finished by the next run", *FILLED, closes(),
             dies("submit", after=True), runs, takes_nothing_but("-2.50"), runs, holds(0),
             sent(submit=2)),
    scenario("rolled as one order", *FILLED, later(minutes=5), rolls(470), takes_nothing_but("-2.50"), runs,
             is_order("filled", 4), holds(0), holds(-4, "SPY261218P00470000")),
    scenario("a roll of which nothing comes leaves the trade as it was", *FILLED, rolls(470), runs,
             is_order("cancelled", 0), holds(-4), holds(0, "SPY261218P00470000")),
)  # fmt: skip
