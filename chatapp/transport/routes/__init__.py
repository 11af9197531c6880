"""The REST routes: each decodes, calls one service method and returns its value."""
