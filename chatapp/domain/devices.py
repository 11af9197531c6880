"""What a device is called in the list of those somebody is signed in with: words of our own, never its own."""

LONGEST_LOOKED_AT = 400
"""Characters of a User-Agent header; those of browsers have about 120."""
UNKNOWN = "Another program"

# What the header holds → what it is, the first that fits: most name several, and Chromium's name all others.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)


def name(user_agent: str) -> str:
    """Such as "Firefox on Windows", by a browser's User-Agent header; `UNKNOWN` for all that is no browser we know."""
    looked_at = user_agent[:LONGEST_LOOKED_AT]
    browser = next((called for mark, called in _BROWSERS if mark in looked_at), None)
    system = next((called for mark, called in _SYSTEMS if mark in looked_at), None)
    if browser is None:
        return UNKNOWN
    return browser if system is None else f"{browser} on {system}"
