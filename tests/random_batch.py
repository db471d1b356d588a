"""What tests with random programs share: their options, and batches of programs that skep builds.

Every program has a name that says its seed: "seed7_12" is program 12 of seed 7.
"""
import argparse
import os
import shutil
import subprocess
import tempfile

BATCH = 100  # programs


def option_parser(text):
    parser = argparse.ArgumentParser(description=text,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1,
                        help="of the first batch; the next is one more")
    parser.add_argument("--keep", action="store_true", help="keep batches that differ")
    parser.add_argument("skep", type=os.path.realpath)
    return parser


def seeds(args):
    """The seed of each batch, and how many programs it has."""
    for start in range(0, args.count, BATCH):
        yield args.seed + start // BATCH, min(BATCH, args.count - start)


class Batch:
    """A project with programs and nothing else, in a folder of its own."""

    def __init__(self, skep, what):
        self.skep = skep
        self.top = tempfile.mkdtemp(prefix=f"random-{what}-")
        self.folder = os.path.join(self.top, "project")
        os.mkdir(self.folder)
        self.write("skep.yaml", "skeleton: false\n")

    def write(self, name, text):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as f:
            f.write(text)

    def build(self, *args):
        """Exit status, and all that was said."""
        # What skep leaves for a look at it goes with the batch.
        done = subprocess.run([self.skep, "build", "-k", *args], cwd=self.folder,
                              env={**os.environ, "TMPDIR": self.top}, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
        return done.returncode, done.stdout

    def end(self, keep):
        if keep:
            print(f"kept: {self.folder}", flush=True)
        else:
            shutil.rmtree(self.top, ignore_errors=True)
