"""The pages' routes, all in Thai and under /en in English."""

from __future__ import annotations

from fastapi import APIRouter

from api.pages import (
    assets,
    fair_chances,
    fair_gaps,
    fair_lists,
    fair_outcomes,
    fair_pages,
    fair_people,
    fair_person,
    fair_publishing,
    fair_timetable,
    firm_page,
    job_pages,
    participant_privacy,
    privacy_pages,
    request_pages,
    search_pages,
    sign_in_pages,
)

router = APIRouter(include_in_schema=False)
FAIRS = (
    fair_pages,
    fair_people,
    fair_person,
    fair_lists,
    fair_timetable,
    fair_publishing,
    fair_outcomes,
    fair_chances,
    fair_gaps,
    participant_privacy,  # with `participant_page`: they share a router
    privacy_pages,
)
for module in (search_pages, firm_page, request_pages, sign_in_pages, assets, job_pages, *FAIRS):
    router.include_router(module.router)
