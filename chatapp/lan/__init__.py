"""The network around this machine: its addresses and ports. Knows nothing of chat."""
