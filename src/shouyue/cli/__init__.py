"""The command `shouyue`. Each subcommand lives in its own module, imported only when it is called."""

from __future__ import annotations

import importlib

import click

import shouyue

# command: (module, attribute, one line of help)
COMMANDS: dict[str, tuple[str, str, str]] = {
    "audit": ("shouyue.cli.audit", "audit", "Judge anybody's contact history under a pack."),
    "demo": ("shouyue.cli.demo.run", "demo", "Start an invented lender's desk, or rehearse its journeys."),
    "erase": ("shouyue.cli.erasure", "erase", "Forget a person, when nothing stands against it."),
    "escrow": ("shouyue.cli.erasure", "escrow", "Keys of people under a legal hold, in three hands."),
    "evidence": ("shouyue.cli.evidence", "evidence", "Hand evidence out, check the log, show whom to trust."),
    "lexicon": ("shouyue.cli.screen", "lexicon", "Test the rules of screening against their examples."),
    "migrate": ("shouyue.cli.desk", "migrate", "Bring the database up to date."),
    "policy": ("shouyue.cli.policy", "policy", "Read the law, ask it, test it, compare it."),
    "screen": ("shouyue.cli.screen", "screen", "Say what the messages of a file say."),
    "outbox": ("shouyue.cli.outbox", "outbox", "What is still to happen, and what was given up."),
    "serve": ("shouyue.cli.desk", "serve", "Answer staff, borrowers, channels and programs over HTTP."),
    "staff": ("shouyue.cli.staff", "staff", "Enrol people, let them go, give a lost password anew."),
    "train-screening": (
        "shouyue.cli.train_screening",
        "train_screening",
        "Train the models of screening again from the labelled data.",
    ),
    "verify": ("shouyue.cli.verify", "verify", "Check an evidence package, offline."),
    "wecom": (
        "shouyue.cli.wecom",
        "wecom",
        "Check a WeCom corp; put the forbidden words into members' clients.",
    ),
    "witness": ("shouyue.cli.witness", "witness", "Watch another log: cosign that it only grows."),
    "token": ("shouyue.cli.token", "token", "Admit programs to the HTTP API, or turn them away."),
    "worker": ("shouyue.cli.worker", "worker", "Do what must follow: messages, deadlines, checkpoints."),
}


class Lazily(click.Group):
    """A group that imports a subcommand's module only when the subcommand is used: `--help` stays fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[name]
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][2]) for name in self.list_commands(ctx)])


@click.group(cls=Lazily, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(shouyue.__version__)
def main() -> None:
    """Shouyue 守约: every contact allowed before it leaves, recorded as it happens, provable afterwards."""
