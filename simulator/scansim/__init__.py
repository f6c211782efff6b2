"""Virtual scanners: everything that talks to a target, and nothing that judges it."""

__version__ = "0.1.0"

#: Implementation Class UID, derived from a UUID (PS3.5 B.2), and Version Name: in negotiation (PS3.7 D.3.3.2) and in
#: the files that we write (PS3.10 7.1).
IMPLEMENTATION_CLASS_UID = "2.25.182476391025746380917463528109374652810"
IMPLEMENTATION_VERSION_NAME = "SCANSIM_01"
