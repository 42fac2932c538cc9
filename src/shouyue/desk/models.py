"""Gathers the slices' tables, so that there is one line of migrations. Nobody imports tables from here."""

from shouyue.desk.people.models import *  # noqa: F403
from shouyue.desk.vault.models import *  # noqa: F403
