# SPDX-License-Identifier: Apache-2.0
# Contract tests: the real seed-server over real HTTP, started by `run`. With arguments the tests whose name, or file, contains one of them.
# Prints a line a test, then why tests failed, then `N passed, N failed`; 77 when seed-server is not built.
import importlib
import os
import sys
import time
import traceback

sys.dont_write_bytecode = True
import seed  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
MODULES = [importlib.import_module(name[:-3]) for name in sorted(os.listdir(HERE)) if name.startswith("test_")]


def main():
    if not os.access(seed.SERVER, os.X_OK):
        print("skip - %s is not built" % seed.SERVER)
        return 77
    passed, failures = 0, []
    for module in MODULES:
        for name, test in list(vars(module).items()):
            if not name.startswith("test_") or (sys.argv[1:] and not any(part in module.__name__ + name for part in sys.argv[1:])):
                continue
            start = time.monotonic()
            title = "%s: %s" % (module.__name__[5:], name[5:].replace("_", " "))
            try:
                note = test()
                passed += 1
                print("ok - %s (%.2f s)%s" % (title, time.monotonic() - start, ": " + note if note else ""))
            except Exception:
                failures.append("not ok - %s\n%s" % (title, traceback.format_exc()))
                print("not ok - %s" % title)
            sys.stdout.flush()
    print(*failures, "%d passed, %d failed" % (passed, len(failures)), sep="\n")
    return 1 if failures or not passed else 0


sys.exit(main())
