"""`make soak`: kills the server over and over under load, then tries many bad networks and bad inputs on it."""

import argparse
import asyncio
import logging
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.servers import free_port
from tests.soak.killing import Killing


def main() -> int:
    """Run what the arguments ask for; 0 when all held."""
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="how often the server is killed (200)")
    parser.add_argument("--people", type=int, default=6, help="how many talk (6)")
    parser.add_argument("--seed", type=int, default=1, help="what chance follows (1)")
    parser.add_argument("--examples", type=int, default=2000, help="inputs of each kind to try (2000; 0: none)")
    parser.add_argument("--networks", type=int, default=50, help="courses of a bad network to try (50; 0: none)")
    parser.add_argument("--verbose", action="store_true", help="a line for each kill")
    asked = parser.parse_args()
    logging.basicConfig(level=logging.INFO if asked.verbose else logging.WARNING, format="%(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    if asked.kills:
        with tempfile.TemporaryDirectory() as folder:
            killing = Killing(Path(folder), free_port(), kills=asked.kills, seed=asked.seed, people=asked.people)
            print(f"seed {asked.seed}: {asyncio.run(killing.run())}")
    tests = {"fuzz": asked.examples, "chaos": asked.networks}
    files = [f"tests/integration/test_{name}.py" for name, wanted in tests.items() if wanted]
    environ = os.environ | {"FUZZ_EXAMPLES": str(asked.examples), "CHAOS_SEEDS": str(asked.networks)}
    return subprocess.call([sys.executable, "-m", "pytest", "-q", *files], env=environ) if files else 0


if __name__ == "__main__":
    sys.exit(main())
