"""The front end on a server of its own, with SERVER_URL pointing to the chat: tokens instead of cookies."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.async_api import expect

from tests.e2e.chats import BUILT
from tests.e2e.conftest import Start, Visit


class Files(SimpleHTTPRequestHandler):
    """Serves the built front end as any web server would, with a `config.js` of its own."""

    def __init__(self, *given: object, config: str) -> None:
        self.config = config
        super().__init__(*given, directory=str(BUILT.parent))  # type: ignore[arg-type]

    def do_GET(self) -> None:
        """Answer; `/static/` is where the page looks for its parts."""
        if self.path == "/config.js":
            self.send_response(200)
            self.send_header("Content-Type", "text/javascript")
            self.end_headers()
            self.wfile.write(self.config.encode())
            return
        self.path = self.path.removeprefix("/static")
        super().do_GET()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture
def elsewhere() -> Iterator[ThreadingHTTPServer]:
    """A web server with a free port, which serves nothing yet."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), SimpleHTTPRequestHandler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


async def test_it_works_from_another_origin(start: Start, visit: Visit, elsewhere: ThreadingHTTPServer) -> None:
    origin = f"http://localhost:{elsewhere.server_port}"
    chat = await start(CHATAPP_CORS_ORIGINS=origin)
    elsewhere.RequestHandlerClass = partial(Files, config=f"window.SERVER_URL = '{chat.url}';")
    ada = await visit(chat, url=origin)
    ada.may_ask.add(f"localhost:{chat.port}")
    await ada.sign_in("Ada")
    grace = await visit(chat, "Grace")
    await ada.say("From elsewhere")
    await expect(grace.message("From elsewhere")).to_be_visible()
    await grace.say("From here")
    await expect(ada.message("From here")).to_be_visible()
    assert await ada.context.cookies() == []
    await ada.page.reload()
    await ada.is_in()
    assert await ada.texts() == ["From elsewhere", "From here"]
    await chat.kill()
    await ada.say("While it is away")
    await expect(ada.message("While it is away")).to_contain_text("Waiting…")
    await ada.page.reload()
    await expect(ada.page.get_by_text("The server does not answer yet. Trying again…")).to_be_visible()
    await chat.start()
    await expect(grace.message("While it is away")).to_be_visible()
    await ada.is_in()
    assert await ada.texts() == ["From elsewhere", "From here", "While it is away"]


async def test_an_origin_that_is_not_listed_is_refused(
    start: Start, visit: Visit, elsewhere: ThreadingHTTPServer
) -> None:
    chat = await start(CHATAPP_CORS_ORIGINS="http://localhost:1")
    elsewhere.RequestHandlerClass = partial(Files, config=f"window.SERVER_URL = '{chat.url}';")
    ada = await visit(chat, url=f"http://localhost:{elsewhere.server_port}")
    ada.may_ask.add(f"localhost:{chat.port}")
    ada.forgive("blocked by CORS policy", "net::ERR_FAILED")
    await ada.name_field.fill("Ada")
    await ada.button("Join the chat").click()
    await expect(ada.name_field).to_have_accessible_description(
        "The server cannot be reached. Is this device still on the network?"
    )
