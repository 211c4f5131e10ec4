"""Bulk work on one machine or many: encoding, tokens, all pairs of a fair.

Work is cut into jobs by its content alone, never by how many machines there are, and a job's result
depends on the job alone. So the bytes that come out are the same, whoever did which job, and a job whose
machine died is simply done again.

    OneMachine   one job after another, here
    RayWorkers   the same on a Ray cluster; needs the extra `khukha[ray]`
"""

from matcher.bulk.workers import HERE, ONE_MACHINE, Bulk, OneMachine, Workers, load_workers

__all__ = ["HERE", "ONE_MACHINE", "Bulk", "OneMachine", "Workers", "load_workers"]
