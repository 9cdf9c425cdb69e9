"""Every test is a user of its own: nothing is read from, or written to, the data and settings of the real one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from semsearch.settings import cache_dir

hypothesis_settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("untimed")  # no property fails because a machine is slow


@pytest.fixture(scope="session", autouse=True)
def own_user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Point the user's folders elsewhere; the cache of models stays, so that weights are fetched once."""
    home = tmp_path_factory.mktemp("user")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEMSEARCH_DATA", str(home / "data"))
        patch.setenv("SEMSEARCH_CONFIG", str(home / "config.toml"))
        patch.setenv("XDG_CONFIG_HOME", str(home / "config"))
        patch.setenv("GIT_CONFIG_GLOBAL", str(home / "gitconfig"))
        for name in ("no_proxy", "NO_PROXY"):
            patch.setenv(name, ",".join(filter(None, (os.environ.get(name), "127.0.0.1,localhost"))))
        for name in ("SEMSEARCH_INDEX", "SEMSEARCH_OFFLINE", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
            patch.delenv(name, raising=False)
        for name in ("SEMSEARCH_RUNTIME",):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(autouse=True)
def own_environment() -> Iterator[None]:
    """Undo what a command that runs in this process sets for those that it starts: --offline, threads."""
    before = dict(os.environ)
    yield
    for name in set(os.environ) - set(before) - {"PYTEST_CURRENT_TEST"}:
        del os.environ[name]
    os.environ.update({name: value for name, value in before.items() if name != "PYTEST_CURRENT_TEST"})


@pytest.fixture(scope="session")
def small_t5() -> Path:
    """The folder of a T5 that the tests train once, and again when its builder has changed."""
    from tests.contract.small_t5 import trained

    return trained(cache_dir() / "tests")
