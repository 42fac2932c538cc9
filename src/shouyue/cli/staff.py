"""`shouyue staff`: who works at the desk. The first administrator comes in here; later ones from the page of people."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import click

from shouyue.cli.desk import ready

SYSTEM = "the administrator at the console"
ROLES = ("collector", "supervisor", "compliance", "legal", "trainer", "auditor", "administrator", "agency")


@click.group()
def staff() -> None:
    """Enrol people, show who works here, let them go, give a lost password anew."""
    ready()


@contextmanager
def _refusals() -> Iterator[None]:
    from shouyue.desk.people.actions import UnableToAct, UnableToEnrol

    try:
        yield
    except (UnableToEnrol, UnableToAct) as why:
        raise click.ClickException(str(why)) from why


def _person(staff_no: str) -> Any:
    from shouyue.desk.people.reads import staff_of_no

    found = staff_of_no(staff_no)
    if found is None:
        raise click.ClickException(
            f"nobody has the staff number {staff_no}; `shouyue staff list` shows who there is"
        )
    return found


def _team(name: str | None) -> Any:
    from shouyue.desk.people.reads import teams

    if not name:
        return None
    found = teams().filter(name=name).first()
    if found is None:
        known = "、".join(one.name for one in teams()) or "none yet"
        raise click.ClickException(
            f"no team is named {name}; there are: {known}. `shouyue staff team NAME` founds one"
        )
    return found


@staff.command()
@click.argument("username")
@click.option("--name", required=True, help="The person's name, as colleagues and borrowers read it.")
@click.option("--no", "staff_no", required=True, help="Staff number, told to borrowers.")
@click.option("--role", required=True, type=click.Choice(ROLES), help="What they come to the desk for.")
@click.option("--team", help="Name of the team they belong to.")
@click.option("--wecom", help="Their userid in WeCom.")
def enrol(username: str, name: str, staff_no: str, role: str, team: str | None, wecom: str | None) -> None:
    """Add a person and print a first password, once. It opens the page to choose one's own, and nothing else."""
    from shouyue.desk.people import actions

    word, of = actions.first_password(), _team(team)
    with _refusals():
        actions.enrol(
            username=username, display_name=name, staff_no=staff_no, role=role, team=of, wecom_userid=wecom,
            password=word, first=True, by=SYSTEM, at=datetime.now(UTC),
        )  # fmt: skip
    click.echo(word)
    click.echo(
        f"{name} ({staff_no}) signs in as {username} with this password; it is not shown again", err=True
    )


@staff.command("list")
def list_() -> None:
    """Everybody, with role, team and whether they still work here."""
    from shouyue.desk.people.reads import all_staff

    for one in all_staff():
        state = "" if one.is_active else "  left"
        click.echo(
            f"{one.staff_no}  {one.username}  {one.display_name}  {one.role}  {one.team or '-'}{state}"
        )


@staff.command()
@click.argument("staff_no")
@click.option("--reason", required=True, help="Why; it is sealed.")
def leave(staff_no: str, reason: str) -> None:
    """Let a person go: no way in from this moment."""
    from shouyue.desk.people.actions import leave as let_go

    one = _person(staff_no)
    with _refusals():
        let_go(staff=one, why=reason, by=SYSTEM, at=datetime.now(UTC))
    click.echo(f"{one.display_name} ({staff_no}) can no longer sign in")


@staff.command()
@click.argument("staff_no")
@click.argument("role", type=click.Choice(ROLES))
@click.option("--reason", required=True, help="Why; it is sealed.")
def role(staff_no: str, role: str, reason: str) -> None:
    """Change what a person comes to the desk for; every session of theirs ends."""
    from shouyue.desk.people.actions import change_role

    one = _person(staff_no)
    with _refusals():
        change_role(staff=one, role=role, why=reason, by=SYSTEM, at=datetime.now(UTC))
    click.echo(f"{one.display_name} ({staff_no}) is {role} from now on")


@staff.command()
@click.argument("staff_no")
@click.option("--reason", required=True, help="Why; it is sealed.")
def password(staff_no: str, reason: str) -> None:
    """Give a first password anew and forget the second factor, which must be set up again."""
    from shouyue.desk.people.actions import give_first_password

    one = _person(staff_no)
    with _refusals():
        word = give_first_password(staff=one, why=reason, by=SYSTEM, at=datetime.now(UTC))
    click.echo(word)
    click.echo("every session of theirs has ended; this password is not shown again", err=True)


@staff.command()
@click.argument("name")
@click.option("--lead", help="Staff number of the supervisor who answers for it.")
@click.option("--member", "members", multiple=True, help="Staff number of who joins it; once for each.")
def team(name: str, lead: str | None, members: tuple[str, ...]) -> None:
    """Found a team, or change who leads it and who belongs to it."""
    from shouyue.desk.people import actions
    from shouyue.desk.people.reads import teams

    at = datetime.now(UTC)
    leader, joining = lead and _person(lead), [_person(one) for one in members]
    with _refusals():
        of = teams().filter(name=name).first() or actions.found_team(
            name=name, supervisor=None, by=SYSTEM, at=at
        )
        if leader:
            actions.lead_team(team=of, supervisor=leader, by=SYSTEM, at=at)
        for one in joining:
            actions.join_team(staff=one, team=of, by=SYSTEM, at=at)
    click.echo(f"{name}: led by {of.supervisor or 'nobody yet'}, {of.members.count()} members")
