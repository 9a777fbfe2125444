"""Database: the private PostGIS cluster of the embedded default, connections, tables, migrations."""
