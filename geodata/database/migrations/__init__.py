"""Alembic migrations of the one PostGIS schema; each runs a pair of plain SQL files, up and down."""
