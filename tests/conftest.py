"""What all tests share: one seed for every stochastic test, settable from outside (``--seed``)."""

import json
from pathlib import Path

import numpy as np
import pytest

_ENTRIES = json.loads((Path(__file__).parent / "published.json").read_text(encoding="utf-8"))
PUBLISHED = {entry["id"]: entry for entry in _ENTRIES}


def pytest_addoption(parser):
    parser.addoption("--seed", type=int, default=20250, help="seed of the stochastic tests")


@pytest.fixture
def seed(request):
    return request.config.getoption("--seed")


@pytest.fixture
def rng(seed):
    return np.random.default_rng(seed)


@pytest.fixture(scope="session")
def published():
    """Return a look-up: ``published("em2011.zstar")`` is that value as a float."""

    def value(name):
        return float(PUBLISHED[name]["value"])

    return value
