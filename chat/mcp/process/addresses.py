"""Decides which network addresses requests may go to.

Source: IANA's registries of special-purpose addresses (iana-ipv4-special-registry, iana-ipv6-special-registry).
`ipaddress.is_global` answers differently in each version of Python, and knows nothing of clouds.
"""

from collections.abc import Collection
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

NOT_PUBLIC = tuple(
    ip_network(network)
    for network in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16"),
        *("192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        "168.63.129.16/32",  # what answers there is Azure's own, for each of its machines
        *("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"),
    )
)
UNICAST_IPV6 = ip_network("2000::/3")  # all that has been assigned so far
NAT64 = ip_network("64:ff9b::/96")  # leads to the IPv4 address in its last 32 bits


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet: not private, local, shared, reserved or multicast."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, IPv6Address) and parsed in NAT64:
        parsed = IPv4Address(int(parsed) & 0xFFFFFFFF)
    if isinstance(parsed, IPv6Address) and parsed not in UNICAST_IPV6:
        return False
    return not any(parsed in network for network in NOT_PUBLIC)


def is_allowed(host: str, port: int, allowed_hosts: Collection[str]) -> bool:
    """Whether the operator allows this host: then it may be private, and speak plain http."""
    name = f"[{host}]" if ":" in host else host.lower().removesuffix(".")
    return name in allowed_hosts or f"{name}:{port}" in allowed_hosts
