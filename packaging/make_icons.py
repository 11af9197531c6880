"""Draws the icons of the program from packaging/icons/chatapp.svg: `.venv/bin/python packaging/make_icons.py`.

Beside it: chatapp.ico for Windows, chatapp.icns for macOS, chatapp.png for Linux; all hold PNG pictures, which systems
have understood since Windows Vista and Mac OS X 10.7. Rendered by the Chromium that packaging/browser.py finds.
"""

import struct
from pathlib import Path

import browser
from playwright.sync_api import Page, sync_playwright

ICONS = Path(__file__).resolve().parent / "icons"
SOURCE = ICONS / "chatapp.svg"
ICO_SIZES = (16, 20, 24, 32, 40, 48, 64, 128, 256)
# What each size is called in an icns file; some stand for half of it on screens with twice the points.
ICNS_TYPES = {
    16: (b"icp4",),
    32: (b"icp5", b"ic11"),
    64: (b"ic12",),
    128: (b"ic07",),
    256: (b"ic08", b"ic13"),
    512: (b"ic09", b"ic14"),
    1024: (b"ic10",),
}
PNG_SIZE = 256


def main() -> None:
    """Draw every size once and write the files."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser.find(), args=["--no-sandbox"])
        page = chromium.new_page()
        pictures = {size: drawn(page, size) for size in sorted({*ICO_SIZES, *ICNS_TYPES})}
        chromium.close()
    (ICONS / "chatapp.ico").write_bytes(ico({size: pictures[size] for size in ICO_SIZES}))
    (ICONS / "chatapp.icns").write_bytes(icns(pictures))
    (ICONS / "chatapp.png").write_bytes(pictures[PNG_SIZE])


def drawn(page: Page, size: int) -> bytes:
    """Return the icon as a PNG picture of this size."""
    page.set_viewport_size({"width": size, "height": size})
    style = "<style>body { margin: 0 } svg { display: block; width: 100vw; height: 100vh }</style>"
    page.set_content(style + SOURCE.read_text(encoding="utf-8"))
    return page.screenshot(omit_background=True)


def ico(pictures: dict[int, bytes]) -> bytes:
    """Return an icon of Windows: a head, an entry for each picture, the pictures."""
    at = 6 + 16 * len(pictures)
    entries = b""
    for size, picture in pictures.items():
        # 256 is written as 0; one plane of 32 bits a point.
        entries += struct.pack("<BBBBHHII", size % 256, size % 256, 0, 0, 1, 32, len(picture), at)
        at += len(picture)
    return struct.pack("<HHH", 0, 1, len(pictures)) + entries + b"".join(pictures.values())


def icns(pictures: dict[int, bytes]) -> bytes:
    """Return an icon of macOS: a head, then each picture under its names."""
    parts = [
        name + struct.pack(">I", len(pictures[size]) + 8) + pictures[size]
        for size, names in ICNS_TYPES.items()
        for name in names
    ]
    content = b"".join(parts)
    return b"icns" + struct.pack(">I", len(content) + 8) + content


if __name__ == "__main__":
    main()
