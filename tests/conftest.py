"""What all tests share: on which database they run, and which of them need one."""

from __future__ import annotations

import hypothesis
import pytest

hypothesis.settings.register_profile("untimed", deadline=None)  # speed is measured in bench/, never here
hypothesis.settings.load_profile("untimed")

DATABASE_FIXTURES = {"db", "transactional_db", "live_server", "client", "admin_client"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database-only",
        action="store_true",
        help="run only the tests that touch the database, not browsers",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--database-only"):
        return

    def wanted(item: pytest.Item) -> bool:
        touches = item.get_closest_marker("django_db") or DATABASE_FIXTURES & set(
            getattr(item, "fixturenames", ())
        )
        return bool(touches) and item.get_closest_marker("browser") is None

    left_out = [item for item in items if not wanted(item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if wanted(item)]


@pytest.fixture(autouse=True)
def own_published_log(request: pytest.FixtureRequest) -> None:
    """A test with a database of its own publishes its log in a directory of its own."""
    if request.node.get_closest_marker("django_db") or DATABASE_FIXTURES & set(request.fixturenames):
        request.getfixturevalue("settings").LOG_FILES = request.getfixturevalue("tmp_path") / "log"
