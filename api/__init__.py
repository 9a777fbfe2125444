"""Top floor: how people and programs reach it (command line, HTTP, tiles, page)."""
