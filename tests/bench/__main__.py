"""`make bench`: all measurements, one after the other."""

from tests.bench import at_rest, rendering, streams

if __name__ == "__main__":
    for measurement in (at_rest, rendering, streams):
        print(f"\n{measurement.__doc__}")
        measurement.main()
