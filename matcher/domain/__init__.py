"""What the service talks about: firms, chains, provinces, certificates. Standard library only."""

from matcher.domain.certificates import Certificates, load_certificates
from matcher.domain.chain import EDGE_VALUE, ChainFit, Chains, Cluster, EdgeKind, Role
from matcher.domain.chains_file import load_chains
from matcher.domain.firm import Certificate, Firm, Need, Offer, Position
from matcher.domain.places import Province, Provinces, Region, load_provinces
from matcher.domain.words import Seeking, Size, Stage

__all__ = [
    "EDGE_VALUE",
    "Certificate",
    "Certificates",
    "ChainFit",
    "Chains",
    "Cluster",
    "EdgeKind",
    "Firm",
    "Need",
    "Offer",
    "Position",
    "Province",
    "Provinces",
    "Region",
    "Role",
    "Seeking",
    "Size",
    "Stage",
    "load_certificates",
    "load_chains",
    "load_provinces",
]
