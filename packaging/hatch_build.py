"""Builds the front end before hatchling makes an archive, so that wheel and sdist install without Node."""

import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class FrontendHook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs packaging/frontend.py; an editable install leaves that to make."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the front end. Raises RuntimeError when that fails; an unpacked sdist has it built already."""
        del build_data
        if version == "editable":
            return
        done = subprocess.run(
            [sys.executable, str(Path(self.root) / "packaging" / "frontend.py"), "build"], check=False
        )
        if done.returncode:
            raise RuntimeError("The front end was not built; the lines above say why.")
