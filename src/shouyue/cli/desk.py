"""`shouyue migrate`, `shouyue serve`: the desk's database and its web server."""

from __future__ import annotations

import os

import click


def ready() -> None:
    """Load Django with the desk's settings."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shouyue.desk.settings")
    import django

    django.setup()


def prepare() -> None:
    """Bring the database up to date and gather the static files. Safe to repeat."""
    ready()
    from django.conf import settings
    from django.core.management import call_command

    settings.HOME.mkdir(parents=True, exist_ok=True)
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)


@click.command()
def migrate() -> None:
    """Bring the database up to date and gather the static files."""
    prepare()
    click.echo("the database is up to date")


@click.command()
@click.option("--address", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, help="Port to listen on.")
@click.option("--workers", default=2, show_default=True, help="Processes that answer.")
def serve(address: str, port: int, workers: int) -> None:
    """Answer staff, borrowers, channels and programs over HTTP. Put a proxy with TLS in front outside this machine."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shouyue.desk.settings")
    ready()
    from django.conf import settings
    from granian import Granian
    from granian.constants import Interfaces

    (settings.LOG_FILES / "tile").mkdir(parents=True, exist_ok=True)
    Granian(
        "shouyue.desk.wsgi:application",
        address=address,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=4,
        # the evidence log is public by design: commitments only, so that anybody may follow it
        static_path_route=[settings.STATIC_URL.rstrip("/"), "/log/tile"],
        static_path_mount=[settings.STATIC_ROOT, settings.LOG_FILES / "tile"],
        log_access=False,
        websockets=False,
    ).serve()
