"""The program is killed while people talk: the short version of `make soak`."""

from pathlib import Path

from tests.conftest import free_port
from tests.soak.killing import Killing

KILLS = 5


async def test_a_kill_loses_nothing_doubles_nothing_and_shows_nothing_unstored(tmp_path: Path) -> None:
    summary = await Killing(tmp_path, free_port(), kills=KILLS, seed=3, people=6, life=400).run()
    assert summary.kills == KILLS
    assert summary.repeated, "no kill met anything under way"
    assert summary.acked >= KILLS
