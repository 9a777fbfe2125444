"""Ingestion: read, check, harmonise, load. One report per file; nothing half-written or dropped silently."""

from geodata.ingest.report import IngestReport
from geodata.ingest.run import ingest

__all__ = ["IngestReport", "ingest"]
