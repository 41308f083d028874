"""`python -m tests.mcp_server`: the small MCP server on its own."""

import argparse
import threading

from tests.mcp_server import running


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.mcp_server", description=__doc__)
    parser.add_argument("--port", type=int, default=9500)
    with running(parser.parse_args().port) as server:
        print(f"An MCP server listens on {server.url}", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    main()
