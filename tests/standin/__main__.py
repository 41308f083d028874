"""`python -m tests.standin`: the stand-in on its own, at a lifelike pace."""

import argparse
import signal
import threading

from tests.standin import StandIn


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.standin", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9400)
    parser.add_argument("--certfile")
    parser.add_argument("--keyfile")
    parser.add_argument("--rate", type=float, default=60, help="tokens a second (default 60)")
    parser.add_argument("--first-token", type=float, default=0.6, help="seconds before the first token (default 0.6)")
    options = parser.parse_args()

    standin = StandIn(
        host=options.host,
        port=options.port,
        certfile=options.certfile,
        keyfile=options.keyfile,
        rate=options.rate,
        first_token_seconds=options.first_token,
    )
    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    with standin:
        print(f"A stand-in for OpenRouter listens on {standin.url}", flush=True)
        try:
            over.wait()
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    main()
