"""What devices are called."""

import pytest

from chatapp.domain import devices

MOZILLA = "Mozilla/5.0 "
AGENTS = {
    f"{MOZILLA}(X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0": "Firefox on Linux",
    f"{MOZILLA}(Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36": (
        "Chrome on Windows"
    ),
    f"{MOZILLA}(Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML) Chrome/140.0.0.0 Safari/537.36 Edg/140.0": (
        "Edge on Windows"
    ),
    f"{MOZILLA}(Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.5 Safari/605.1.15": "Safari on Mac",
    f"{MOZILLA}(iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1": (
        "Safari on iPhone"
    ),
    f"{MOZILLA}(iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 CriOS/140.0 Safari/604.1": "Chrome on iPad",
    f"{MOZILLA}(Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36": "Chrome on Android",
    f"{MOZILLA}(X11; CrOS x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36": (
        "Chrome on ChromeOS"
    ),
    "Firefox/140.0": "Firefox",
    "python-httpx/0.28": devices.UNKNOWN,
    "": devices.UNKNOWN,
    "<b>Firefox\n\x1b[31m": devices.UNKNOWN,
    "x" * devices.LONGEST_LOOKED_AT + "Firefox/140.0": devices.UNKNOWN,
}


@pytest.mark.parametrize(("agent", "name"), AGENTS.items())
def test_a_device_is_called_by_browser_and_system(agent: str, name: str) -> None:
    assert devices.name(agent) == name
    assert name.isprintable()
