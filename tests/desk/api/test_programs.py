"""Admitting programs: only what makes sense, only as long as it should, and from the command line."""

import pytest
from click.testing import CliRunner

from shouyue.cli import main
from shouyue.desk.programs import actions, reads

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ({"scopes": ["everything"]}, "unknown scope everything"),
        ({"scopes": []}, "none given"),
        ({"days": 0}, "1 to 366"),
        ({"days": 3650}, "1 to 366"),
    ],
)
def test_a_token_without_a_scope_or_without_an_end_is_refused(office, more, what):
    asked = {"scopes": ["approvals:read"], "days": 30} | more
    with pytest.raises(actions.UnableToAdmit, match=what):
        actions.admit(name="p", staff=office.lina, by="test", at=office.at, **asked)


def test_from_the_command_line_a_program_is_admitted_listed_and_turned_away(office):
    run = CliRunner().invoke
    made = run(main, ["token", "new", "贷款系统", "--staff", "1023", "--scope", "messages:read"])
    secret = made.stdout.strip()
    assert secret.startswith("sy_")
    assert "贷款系统  for 1023  messages:read" in run(main, ["token", "list"]).output
    assert run(main, ["token", "void", "贷款系统", "--reason", "停用"]).exit_code == 0
    assert run(main, ["token", "list"]).output == ""
    assert reads.by_name("贷款系统") is None


def test_the_command_line_says_what_is_wrong(office):
    run = CliRunner().invoke
    made = run(main, ["token", "new", "p", "--staff", "1023", "--scope", "all"])
    assert (made.exit_code, "known: cases:write" in made.output) == (1, True)
    assert "no valid token is named" in run(main, ["token", "void", "p", "--reason", "x"]).output
