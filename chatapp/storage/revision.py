"""What the newest migration is called; a test compares it with migrations/versions."""

REVISION = "0005"
