"""Gathers the slices' tables, so that there is one line of migrations. Nobody imports tables from here."""

import shouyue.desk.agencies.models
import shouyue.desk.approvals.models
import shouyue.desk.conduct.models
import shouyue.desk.emergency.models
import shouyue.desk.friend_requests.models
import shouyue.desk.holds.models
import shouyue.desk.ledger.models
import shouyue.desk.matters.models
import shouyue.desk.messages.models
import shouyue.desk.outbox.models
import shouyue.desk.outreach.models
import shouyue.desk.parties.models
import shouyue.desk.people.models
import shouyue.desk.programs.models
import shouyue.desk.review.models
import shouyue.desk.rights.models
import shouyue.desk.rulebook.models
import shouyue.desk.suits.models
import shouyue.desk.training.models
import shouyue.desk.vault.models  # noqa: F401
