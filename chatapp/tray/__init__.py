"""The icon on a Linux desktop, told to it over the session's bus (D-Bus). Knows nothing of chat."""
