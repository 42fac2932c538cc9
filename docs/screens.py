"""Make the screens in docs/img again: `make screens`. A lender's morning, played by verbs, looked at in a real browser.

The scene is that of the browser tests (`tests/desk/console/scene.py`) at a fixed moment, so that pictures change only when pages do.
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
import threading
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs/img"
SIZES = {"1440": (1440, 900), "390": (390, 844)}
RUDE = "再不还钱我们就去你单位，让所有人都知道"


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, *words: object) -> None:
        pass


def serve() -> str:
    """Serve the desk from this process on a free port of this machine."""
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.core.wsgi import get_wsgi_application

    server = make_server("127.0.0.1", 0, StaticFilesHandler(get_wsgi_application()), Server, Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


def save(picture: bytes, name: str) -> None:
    """As a PNG of 256 colours: these are drawings, not photographs."""
    from PIL import Image

    path = IMAGES / name
    Image.open(io.BytesIO(picture)).convert("RGB").quantize(
        256, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE
    ).save(path, optimize=True)
    print(f"{path.relative_to(ROOT)} {path.stat().st_size // 1024} KiB")


def main() -> None:
    home = tempfile.mkdtemp(prefix="shouyue-screens-")
    os.environ |= {
        "SHOUYUE_HOME": home,
        "SHOUYUE_MODE": "demo",
        "DJANGO_SETTINGS_MODULE": "shouyue.desk.settings",
    }
    sys.path.insert(0, str(ROOT))
    import django
    from django.conf import settings

    settings.MIGRATION_MODULES = {"desk": None}
    django.setup()
    from django.core.management import call_command

    call_command("migrate", run_syncdb=True, verbosity=0)
    call_command("createcachetable")

    from django.urls import reverse

    from shouyue.desk.console import frame
    from tests.desk.console.chromium import browser
    from tests.desk.console.scene import set_up, stopped
    from tests.office import MORNING

    frame.Moment.clock = staticmethod(lambda: MORNING)
    scene = set_up()
    emergency = stopped(scene)
    url = serve()
    pages = [
        ("queue", "lina", reverse("queue")),
        ("debtor", "lina", reverse("debtor", args=[scene.matter.pk])),
        ("thread", "lina", reverse("thread", args=[scene.thread.pk])),
        ("evidence", "lina", reverse("evidence", args=[scene.thread.pk])),
        ("friend-requests", "wangmin", reverse("friend_requests")),
        ("decision", "wangmin", reverse("friend_request", args=[scene.waiting.pk])),
        ("approvals", "wangmin", reverse("approvals")),
        ("board", "wangmin", reverse("board")),
        ("training", "lina", reverse("training")),
        ("suits", "chen", reverse("suits")),
        ("suit", "chen", reverse("suit", args=[scene.suit.pk])),
        ("agency", "sunli", reverse("agency", args=[scene.agency.pk])),
        ("emergency", "wangmin", reverse("emergency", args=[emergency.pk])),
        ("rights", "wangmin", reverse("rights")),
        ("review", "sunli", reverse("review_after")),
        ("conduct", "wangmin", reverse("conduct")),
        ("case-conduct", "lina", reverse("case_conduct", args=[scene.provoking.matter_id])),
        ("wordings", "sunli", reverse("wordings")),
        ("rules", "sunli", reverse("editions")),
        ("people", "admin", reverse("people")),
        ("strategies", "wangmin", reverse("strategies")),
        ("dossier", "lina", reverse("dossier", args=[scene.matter.pk])),
    ]
    IMAGES.mkdir(parents=True, exist_ok=True)
    with browser(Path(home)) as chromium:
        if chromium is None:
            sys.exit("no browser found and none could be installed; set CHROMIUM=/path/to/chromium")
        for width, (w, h) in SIZES.items():
            for tongue, language in (("zh", "zh-hans"), ("en", "en")):
                for who in dict.fromkeys(whose for _, whose, _ in pages):
                    context = chromium.new_context(viewport={"width": w, "height": h}, base_url=url)
                    context.add_cookies([{"name": "django_language", "value": language, "url": url}])
                    page = context.new_page()
                    page.goto("/")
                    if who == "lina":
                        save(page.screenshot(), f"sign-in-{tongue}-{width}.png")
                    page.click(f"button[value={who}]")
                    for name, whose, address in pages:
                        if whose == who:
                            page.goto(address)
                            if name == "thread":
                                page.fill("#text", RUDE)
                                page.wait_for_selector("#advice .verdict")
                            page.screenshot()  # settles fonts
                            save(page.screenshot(full_page=width == "1440"), f"{name}-{tongue}-{width}.png")
                    context.close()
                context = chromium.new_context(viewport={"width": w, "height": h}, base_url=url)
                context.add_cookies([{"name": "django_language", "value": language, "url": url}])
                page = context.new_page()
                page.goto(f"/p/own/{scene.own_page}")
                page.fill("#name", scene.helped.party.name)
                page.fill("#id_tail", scene.helped.party.id_no[-6:])
                page.click(".go")
                page.screenshot()
                save(page.screenshot(full_page=True), f"own-page-{tongue}-{width}.png")
                context.close()


if __name__ == "__main__":
    main()
