"""`make bench`: all measurements, one after the other; `make bench ONLY=streams` just that one."""

import sys

from tests.bench import at_rest, first_token, hub, page, rendering, replies, search, spending, streams, writers

MEASUREMENTS = {
    "at_rest": at_rest,
    "first_token": first_token,
    "hub": hub,
    "page": page,
    "rendering": rendering,
    "replies": replies,
    "search": search,
    "spending": spending,
    "writers": writers,
    "streams": streams,
}

if __name__ == "__main__":
    for name in sys.argv[1:] or MEASUREMENTS:
        print(f"\n{MEASUREMENTS[name].__doc__}", flush=True)
        MEASUREMENTS[name].main()
