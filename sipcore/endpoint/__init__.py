"""The asyncio shell: sockets, parse, machines, actions."""
