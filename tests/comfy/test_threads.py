"""How torch's threads wait is settled before torch is imported."""

import subprocess
import sys


def test_threads_are_told_to_sleep_before_torch_is_imported() -> None:
    script = (
        "import os, sys; os.environ.pop('OMP_WAIT_POLICY', None)\n"
        "import nodes\n"
        "assert 'torch' not in sys.modules\n"
        "assert os.environ['OMP_WAIT_POLICY'] == 'PASSIVE'"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
