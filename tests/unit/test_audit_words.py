"""The interface has a sentence for each act in the audit log."""

import json
from pathlib import Path

from chatapp.domain.audit import ACTIONS

CATALOGUE = Path(__file__).resolve().parents[2] / "frontend" / "locales" / "en.json"


def test_every_act_has_its_sentence() -> None:
    assert set(json.loads(CATALOGUE.read_text())["audit_act"]) == set(ACTIONS)
