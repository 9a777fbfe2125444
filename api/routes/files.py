"""Subsidy files: drafts of an administration, not for the anonymous view."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path

from api.answering import answers, told
from api.answers.files import File, Files
from api.dependencies import Database, Lang, Public, Translate
from api.files_view import file_view, files_view
from api.parameters import LawRegionQuery
from api.problems import NotPublishedError
from api.views import with_notice
from sites.subsidy_files import find_file


def _inside_only(public: Public) -> None:
    if public:
        raise NotPublishedError(
            "Subsidy files are not published.", "Ask the administration that keeps them; the rules are open to all."
        )


router = APIRouter(prefix="/api/v1", tags=["files"], dependencies=[Depends(_inside_only)])


@router.get("/files", **answers(Files))
@told
def files(connection: Database, translate: Translate, region: LawRegionQuery = None) -> dict[str, Any]:
    """Subsidy files, newest first, each with the answer that was kept. Amounts are decimal strings in euros."""
    return with_notice(connection, files_view(connection, region, translate.language), translate)


@router.get("/files/{number}", **answers(File))
@told
def file(connection: Database, lang: Lang, number: Annotated[int, Path(ge=1, le=2**62)]) -> dict[str, Any]:
    """One file: the project, the assessment as it was kept, documents' names and notes."""
    return file_view(find_file(connection, number), lang)
