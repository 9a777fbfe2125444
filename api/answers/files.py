"""Subsidy files: drafts of an administration, each with the answer that was kept."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from api.answers.base import Answer, Day, Euros, Moment, MoneyInterval, Nis, Notice, SiteType
from api.answers.subsidies import Estimate


class FileMunicipality(Answer):
    """Municipality of a file."""

    nis: Nis
    name: str = Field(description="In the language of the answer.", examples=["Leuven"])


class FileRegime(Answer):
    """A regime of the kept answer."""

    id: str = Field(examples=["VL-2000"])
    title: str = Field(description="In the language of the answer.")
    status: str = Field(description="What it was to the file.", examples=["open"])
    status_title: str = Field(description="In the language of the answer.", examples=["open"])


class FileEntry(Answer):
    """A note, or the name of a document."""

    text: str = Field(examples=["Decision of the council"])
    written: Moment


class FileSummary(Answer):
    """A subsidy file in a list."""

    id: int = Field(description="Number of the file.", examples=[1])
    created: Moment
    title: str = Field(examples=["Renovation of the site"])
    region: str = Field(description="Whose law.", examples=["flanders"])
    municipality: FileMunicipality | None
    site_type: SiteType
    initiator: str = Field(description="Who applies.", examples=["municipality"])
    initiator_title: str = Field(description="In the language of the answer.", examples=["municipality"])
    as_of: Day = Field(description="Day whose law the file is judged by.")
    verdict: str = Field(description="yes, no or unknown.", examples=["yes"])
    verdict_title: str = Field(description="In the language of the answer.", examples=["yes"])
    regimes: list[FileRegime] = Field(description="Regimes of the kept answer.")
    costs_total: Euros = Field(description="Costs entered, euros without VAT.")
    subsidy_total: MoneyInterval
    yearly: Any = Field(description="Aid by the year, where there is one.")
    documents_count: int = Field(examples=[2])
    notes_count: int = Field(examples=[1])


class Files(Answer):
    """Subsidy files, newest first."""

    count: int = Field(description="How many there are.", examples=[3])
    items: list[FileSummary] = Field(description="The files.")
    notice: Notice | None = None


class File(FileSummary):
    """A subsidy file with its project, the assessment as it was kept, documents' names and notes."""

    site: str | None = Field(description="Site of the inventory.", examples=["vl-leuven-dijledreef"])
    project: dict[str, Any] = Field(description="The project as it was entered.")
    rule_pack: str = Field(description="Version of the rules it was judged by.", examples=["2026.11.2+9c8c6c945ef3"])
    assessment: Estimate = Field(description="The answer that was kept.")
    documents: list[FileEntry] = Field(description="Names of documents, oldest first.")
    notes: list[FileEntry] = Field(description="Notes, oldest first.")
