"""How people reach us: sockets, HTTP, and the files of the browser app."""
