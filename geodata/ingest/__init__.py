"""Ingestion: read, check, harmonise, load. One report per file; nothing half-written or dropped silently."""

from geodata.ingest.quarantine import RefusedRow, refused_rows
from geodata.ingest.reasons import sentence_of
from geodata.ingest.report import IngestReport
from geodata.ingest.run import ingest

__all__ = ["IngestReport", "RefusedRow", "ingest", "refused_rows", "sentence_of"]
