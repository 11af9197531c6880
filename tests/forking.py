"""Children of tests are forked from a process that has loaded the program: loading takes most of what a start costs."""

import multiprocessing

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.loaded"])
