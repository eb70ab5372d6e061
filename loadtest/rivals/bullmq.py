"""BullMQ: a queue over Redis, here with every command on disk before it is answered (appendfsync
always). Its steps are job updates, not a journal: a bound, not a rival on equal terms."""
import shutil

from rivals.rival import Rival, free_port


class Bullmq(Rival):
    name = "bullmq"
    packages = ("bullmq", "ioredis")
    worker_file = "bullmq_worker.mjs"
    saturating = 128
    workloads = ("idle", "W1", "W2", "W4")

    @classmethod
    def missing(cls):
        return super().missing() or (None if shutil.which("redis-server") else "redis-server")

    def start_engine(self):
        self.redis_port = free_port()
        folder = self.folder / "data"
        folder.mkdir()
        redis = self.start(["redis-server", "--bind", "127.0.0.1", "--port", self.redis_port, "--dir", folder,
                            "--appendonly", "yes", "--appendfsync", "always", "--save", "",
                            "--maxmemory-policy", "noeviction"], "redis")
        self.await_port(redis, self.redis_port)

    def worker_environment(self):
        return {"REDIS_PORT": self.redis_port}
