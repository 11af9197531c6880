"""The archive of a room as a page, opened from disk without a network."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from chatapp.domain.archives import ArchivedMessage
from chatapp.services import export_page
from tests.unit.test_export import SCRIPTS

DAYS = ("2026-01-30", "2026-01-31")


def page_of(texts: list[str]) -> str:
    """A page on which these texts were said, half of them on each of two days."""
    said = [
        ArchivedMessage(
            str(place), "general", place, "5", "Ada", text, "2026-01-31T09:30:00.123Z", timestamp="09:30:00",
            date=DAYS[2 * place > len(texts)],
        )
        for place, text in enumerate(texts, 1)
    ]  # fmt: skip
    days = [(day, sum(one.date == day for one in said)) for day in DAYS]
    return export_page.head("General") + export_page.section(said, "") + export_page.tail(days)


@pytest_asyncio.fixture(loop_scope="session")
async def opened(browser: Browser, tmp_path: Path) -> AsyncIterator[Page]:
    """The page of texts that would run if they could, offline; it has complained of nothing at the end."""
    file = tmp_path / "general.html"
    file.write_text(page_of(["Grüße aus Köln", *SCRIPTS, "the end"]), encoding="utf-8")
    context = await browser.new_context(offline=True)
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.goto(file.as_uri())
    yield page
    assert complaints == []
    assert asked == [file.as_uri()]
    await context.close()


async def test_nothing_that_was_said_runs(opened: Page) -> None:
    await expect(opened).to_have_title("General")
    await expect(opened.locator("article")).to_have_count(len(SCRIPTS) + 2)
    for place, text in enumerate(SCRIPTS, 2):
        assert await opened.locator(f"#m{place} p").text_content() == text
    assert await opened.locator("script").count() == 1
    assert await opened.locator("img, svg, iframe, [onerror], [onmouseover], [onload]").count() == 0


async def test_it_is_searched(opened: Page) -> None:
    search = opened.get_by_role("searchbox", name="Search")
    await search.fill("grusse koln")
    await expect(opened.get_by_role("status")).to_have_text("1 message")
    await expect(opened.locator("article:visible")).to_have_count(1)
    await expect(opened.locator("section:visible")).to_have_count(1)
    await search.fill("")
    await expect(opened.get_by_role("status")).to_have_text("")
    await expect(opened.locator("section:visible")).to_have_count(2)


async def test_its_days_are_listed_and_gone_to(opened: Page) -> None:
    days = opened.get_by_role("navigation", name="Days").get_by_role("link")
    await expect(days).to_have_text([*DAYS])
    await days.last.click()
    await expect(opened.get_by_role("heading", name=DAYS[1])).to_be_in_viewport()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_it_has_both_schemes_and_prints_black_on_white(opened: Page, scheme: str) -> None:
    await opened.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    back = await opened.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (back == "rgb(255, 255, 255)") == (scheme == "light")
    await opened.emulate_media(color_scheme=scheme, media="print")  # type: ignore[arg-type]
    assert await opened.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    await expect(opened.get_by_role("searchbox")).to_be_hidden()
