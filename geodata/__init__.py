"""Ground floor: what lies where (database, sources, ingestion, layers, measurement)."""
