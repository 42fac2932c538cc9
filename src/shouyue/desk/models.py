"""Gathers the slices' tables, so that there is one line of migrations. Nobody imports tables from here."""

# ruff: noqa: F403
from shouyue.desk.approvals.models import *
from shouyue.desk.friend_requests.models import *
from shouyue.desk.holds.models import *
from shouyue.desk.ledger.models import *
from shouyue.desk.matters.models import *
from shouyue.desk.messages.models import *
from shouyue.desk.outbox.models import *
from shouyue.desk.parties.models import *
from shouyue.desk.people.models import *
from shouyue.desk.rulebook.models import *
from shouyue.desk.vault.models import *
