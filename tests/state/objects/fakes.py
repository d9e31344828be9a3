"""A bucket in memory, and a time that passes when somebody sleeps."""

from dataclasses import dataclass

from obstore.store import MemoryStore

from job.address import Address
from job.state.objects.bucket import Bucket

ADDRESS = Address("s3://bucket/run", "s3", "bucket", "run")


@dataclass
class Time:
    now: float = 0.0

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def memory_bucket(time: Time | None = None) -> Bucket:
    time = time or Time()
    return Bucket(ADDRESS, MemoryStore(), clock=time.clock, sleep=time.sleep)
