"""What time it is → which verbs follow.

Each verb takes `by` and `at` and does everything that is due at `at`, so that a tick missed while no worker was alive is
made good by the next one. Of many workers, one acts at each tick.
"""

from __future__ import annotations

from dataclasses import dataclass

from shouyue.desk.agencies import actions as agencies
from shouyue.desk.conduct import actions as conduct
from shouyue.desk.friend_requests import actions as friend_requests
from shouyue.desk.ledger import actions as ledger
from shouyue.desk.ledger import attest
from shouyue.desk.matters.actions import plans, promises
from shouyue.desk.messages import counting, inbound
from shouyue.desk.outreach import actions as outreach
from shouyue.desk.programs import actions as programs
from shouyue.desk.review import actions as review
from shouyue.desk.suits import actions as suits
from shouyue.desk.training import actions as training
from shouyue.desk.worker.reactions import Verb


@dataclass(frozen=True, slots=True)
class When:
    """A time in cron's notation (with seconds in front when there are six fields), in the desk's own time zone."""

    cron: str
    verbs: tuple[Verb, ...]


SCHEDULE: dict[str, When] = {
    "log": When("*/2 * * * * *", (ledger.catch_up,)),
    "log_witness": When("*/5 * * * * *", (attest.witness,)),
    "log_stamp": When("30 * * * * *", (attest.stamp,)),
    "log_anchor": When("5 * * * *", (attest.anchor,)),
    "log_alive": When("* * * * *", (ledger.heartbeat,)),
    "look": When("*/30 * * * * *", (inbound.look,)),
    "promises": When("0 6 * * *", (promises.judge_promises, plans.judge_plans)),
    "suits": When("0 6 * * *", (suits.ring,)),
    "review": When("*/10 * * * *", (review.commit_to_lot, review.look)),
    "agencies": When("1 0 * * *", (agencies.keep_watch,)),
    "training": When("7 * * * *", (training.keep_watch,)),
    "conduct": When("20 3 * * *", (conduct.clear,)),
    "log_packages": When("15 * * * *", (ledger.clear_packages,)),
    "log_counters": When("25 2 * * *", (counting.count,)),
    "links": When("50 * * * *", (friend_requests.close_links,)),
    "programs": When("35 2 * * *", (programs.clear_answers,)),
    "reminders": When("*/10 * * * *", (outreach.plan_reminders,)),
    "log_index": When("0 * * * *", (ledger.index_streams,)),
}
