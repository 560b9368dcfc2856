"""The files of the contract: `path(name)` says where one is, `load(name)` reads a JSON file."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any


def path(name: str = "") -> Path:
    """Where a file of the package is; without a name, the folder of them all."""
    return Path(str(files(__name__))) / name


def load(name: str) -> Any:
    return json.loads(path(name).read_text(encoding="utf-8"))
