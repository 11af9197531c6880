"""Makes the pictures of the README: starts the chat, lets people talk, and photographs what some of them see.

`.venv/bin/python packaging/screenshot.py`, with the Chromium that `packaging/browser.py` finds.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import browser
import httpx
from playwright.sync_api import Browser, sync_playwright

PICTURES = Path(__file__).resolve().parent / "screenshots"
PORT = 5987
URL = f"http://127.0.0.1:{PORT}"
# Who says what, to which message it replies, and how others react to it.
SAID: tuple[tuple[str, str, int | None, tuple[tuple[str, str], ...]], ...] = (
    (
        "Lin",
        "The printer on the second floor is back. Queue name is `floor2-laser`.\nPaper is beside it.",
        None,
        (("Mateo", "🎉"), ("Sade", "🎉"), ("Sade", "👍")),
    ),
    ("Mateo", "Morning. Does anybody have the numbers of the last run?", None, ()),
    (
        "Sade",
        'Here, with the command that makes them:\n```\nmake bench ARGS="--members 1000"\n```',
        1,
        (("Mateo", "🙏"),),
    ),
    (
        "Lin",
        "@Sade, can you open the door for the delivery at eleven? **Ground floor**, please. وشكراً مقدماً",
        None,
        (),
    ),
)
# Who is in the first one is still there in the second.
VIEWS = {
    "phone-light": ("Kim", {"width": 390, "height": 844}),
    "desktop-light": ("Ada", {"width": 1280, "height": 800}),
}


def main() -> None:
    """Make all pictures."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "chatapp", "serve", "--port", str(PORT), "--data-dir", folder]
        server = subprocess.Popen([*command, "--name", "Workshop"])
        try:
            fill()
            with sync_playwright() as playwright:
                chromium = playwright.chromium.launch(executable_path=browser.find(), args=["--no-sandbox"])
                for name in VIEWS:
                    photograph(chromium, name)
                search(chromium)
                link = [sys.executable, "-m", "chatapp", "user", "--host-link", "--data-dir", folder]
                invite(chromium, subprocess.run(link, capture_output=True, text=True, check=True).stdout.strip())
        finally:
            server.terminate()
            server.wait(10)


def fill() -> None:
    """Let people say what they say."""
    names = dict.fromkeys(name for name, *_ in SAID)
    tokens = {name: ask("POST", "/api/session", {"username": name})["token"] for name in names}
    ids: list[str] = []
    for name, text, source, reactions in SAID:
        body = {"message": text} | ({} if source is None else {"reply_to": ids[source]})
        ids.append(ask("POST", "/api/rooms/general/messages", body, tokens[name])["id"])
        for who, emoji in reactions:
            ask("PUT", f"/api/messages/{ids[-1]}/reactions/{emoji}", {}, tokens[who])
    ask(
        "POST",
        "/api/rooms/tech/messages",
        {"message": "A new switch has come, for the **first floor**."},
        tokens["Mateo"],
    )


def ask(method: str, path: str, body: dict[str, str], token: str = "") -> dict[str, str]:
    """Ask, trying again until the server is there, and return the answer."""
    transport = httpx.HTTPTransport(retries=10)
    with httpx.Client(base_url=URL, transport=transport) as client:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = client.request(method, path, json=body, headers=headers)
        result: dict[str, str] = answer.raise_for_status().json()
        return result


def photograph(chromium: Browser, name: str) -> None:
    """Sign in as somebody and make the picture of this view."""
    person, size = VIEWS[name]
    context = chromium.new_context(viewport=size, device_scale_factor=1.5)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{URL}/#/room/general")
    page.get_by_role("textbox").fill(person)
    page.keyboard.press("Enter")
    page.get_by_text("Ground floor").wait_for()
    page.get_by_role("button", name="🎉").wait_for()
    page.screenshot(path=PICTURES / f"{name}.png")


def search(chromium: Browser) -> None:
    """Look for something as somebody, and make the picture of what was found."""
    context = chromium.new_context(viewport={"width": 1280, "height": 640}, color_scheme="light")
    page = context.new_page()
    page.goto(f"{URL}/#/room/general")
    page.get_by_role("textbox").fill("Tomas")
    page.keyboard.press("Enter")
    page.get_by_text("Ground floor").wait_for()
    page.keyboard.press("Control+F")
    page.get_by_role("searchbox").fill("floor")
    page.locator(".search__result").nth(2).wait_for()
    page.screenshot(path=PICTURES / "search-light.png")
    context.close()


def invite(chromium: Browser, link: str) -> None:
    """Be the host for the first time, and make the picture of the invitation."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, device_scale_factor=1.5)
    page = context.new_page()
    page.goto(link)
    page.get_by_role("textbox").fill("Noor")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Start the chat").click()
    page.get_by_role("dialog").get_by_role("img").wait_for()
    page.get_by_text("Ground floor").wait_for()
    page.get_by_text(".local:").wait_for()
    page.screenshot(path=PICTURES / "invite-light.png")
    context.close()


if __name__ == "__main__":
    main()
