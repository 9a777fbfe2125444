"""Subsidy files: one application each, with the assessment that was made for its own dates, notes and documents' names.

Contract: rows are only ever added, and the database refuses everything else. The assessment is kept as it was answered;
`day_of_file` tells which law a file is judged by.
"""

from sites.subsidy_files.files import (
    PUBLIC_BODIES,
    Entry,
    NewFile,
    SubsidyFile,
    add_entry,
    day_of_file,
    find_file,
    list_files,
    open_file,
    stored_projects,
)

__all__ = [
    "PUBLIC_BODIES",
    "Entry",
    "NewFile",
    "SubsidyFile",
    "add_entry",
    "day_of_file",
    "find_file",
    "list_files",
    "open_file",
    "stored_projects",
]
