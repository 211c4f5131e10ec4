"""The pages' routes, all in Thai and under /en in English."""

from __future__ import annotations

from fastapi import APIRouter

from api.pages import assets, firm_page, job_pages, request_pages, search_pages, sign_in_pages

router = APIRouter(include_in_schema=False)
for module in (search_pages, firm_page, request_pages, sign_in_pages, job_pages, assets):
    router.include_router(module.router)
