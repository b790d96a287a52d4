"""What our access log costs: the same gateway with and without it (`small` measures it, too)."""

from scenarios import small

NAMES = ["gatehouse", "gatehouse-log"]


def estimate(options):
    return small.estimate(options, NAMES)


def run(lab, options, report):
    return small.run(lab, options, report, NAMES)


def goals(_result, _report):
    """Nothing was promised."""
