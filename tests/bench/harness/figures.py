"""Medians, and what can be said about them."""

from math import comb


def quantile(values, share):
    ordered = sorted(values)
    at = share * (len(ordered) - 1)
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)


def median(values):
    return quantile(values, 0.5)


def median_interval(values, confidence=0.95):
    """(low, high, coverage): the narrowest pair of order statistics around the median that covers it so surely,
    whatever the distribution. Fewer than six values cannot: then it is the whole range."""
    ordered = sorted(values)
    count = len(ordered)
    best = (ordered[0], ordered[-1], 1 - 2 / 2 ** count)
    for rank in range(1, count // 2 + 1):
        coverage = sum(comb(count, hits) for hits in range(rank, count - rank + 1)) / 2 ** count
        if coverage >= confidence:
            best = (ordered[rank - 1], ordered[count - rank], coverage)
    return best


def summarise(samples, fields):
    """Median and quartiles of each field of the samples (dicts)."""
    return {field: {"median": median([sample[field] for sample in samples]),
                    "q1": quantile([sample[field] for sample in samples], 0.25),
                    "q3": quantile([sample[field] for sample in samples], 0.75)} for field in fields}


def paired_ratio(ours, theirs, field="cpu_ns"):
    """Round by round, ours divided by theirs."""
    ratios = [mine[field] / other[field] for mine, other in zip(ours, theirs)]
    low, high, coverage = median_interval(ratios)
    return {"median": median(ratios), "min": min(ratios), "max": max(ratios), "interval_low": low,
            "interval_high": high, "interval_coverage": round(coverage, 4), "rounds": ratios}
