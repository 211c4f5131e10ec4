"""What a form offers to choose from: clusters with their roles, provinces, certificates."""

from __future__ import annotations

from typing import Annotated

from api.store.keys import Caller
from api.web.access import ANYONE, In, allow, keyed_router
from api.web.schemas import CertificateOut, ClusterOut, ProvinceOut, RoleOut
from matcher.domain import Role, load_certificates, load_provinces

router = keyed_router(prefix="/v1", tags=["lists"])

Anyone = Annotated[Caller, allow(*ANYONE)]


@router.get("/clusters")
def list_clusters(here: In, _caller: Anyone) -> list[ClusterOut]:
    """The clusters, each with the roles of its chain."""
    return [
        ClusterOut(code=one.code, th=one.th, en=one.en, roles=[role_out(role) for role in one.roles.values()])
        for one in here.chains.clusters.values()
    ]


@router.get("/roles")
def list_roles(here: In, _caller: Anyone) -> list[RoleOut]:
    """Every role: those of each cluster's chain, then those that exist everywhere."""
    own = [role for one in here.chains.clusters.values() for role in one.roles.values()]
    return [role_out(role) for role in (*own, *here.chains.everywhere.values())]


@router.get("/provinces")
def list_provinces(_caller: Anyone) -> list[ProvinceOut]:
    """The 77 provinces."""
    return [
        ProvinceOut(code=one.code, th=one.th, en=one.en, region=one.region, lat=one.lat, lon=one.lon)
        for one in load_provinces().by_th.values()
    ]


@router.get("/certificates")
def list_certificates(_caller: Anyone) -> list[CertificateOut]:
    """Certificates that are known by their names."""
    return [CertificateOut(code=code, th=th, en=en) for code, (th, en) in load_certificates().labels.items()]


def role_out(role: Role) -> RoleOut:
    """A role in the API's shape."""
    return RoleOut(cluster=role.cluster, code=role.code, stage=role.stage, th=role.th, en=role.en)
