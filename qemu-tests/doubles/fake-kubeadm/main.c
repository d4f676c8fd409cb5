/* SPDX-License-Identifier: Apache-2.0
 * fake-kubeadm, a TEST DOUBLE of kubeadm for racks of emulated machines, where seven real runs would take half an hour.
 * The real kubeadm still checks flags and configuration. Never part of an image. */
#include "commands.h"
#include "real.h"
#include "serve.h"
#include "log.h"

#include <stdio.h>
#include <string.h>

static const char help[] =
    "fake-kubeadm: a TEST DOUBLE of kubeadm. It makes no cluster.\n"
    "\n"
    "usage: kubeadm COMMAND   (installed in place of kubeadm, by a layer of the rack only)\n"
    "\n"
    "  init --config FILE                         checked by the real kubeadm; then files, and `serve` on 2379 and "
    "6443\n"
    "  join --config FILE                         the same, for a master or a worker\n"
    "  init phase upload-certs --config FILE      checked; nothing is uploaded\n"
    "  token create                               prints a token that other test doubles take\n"
    "  reset                                      ends `serve`, removes the files\n"
    "  serve                                      what init and join leave running on a master\n"
    "  version, config                            the real kubeadm's answer\n"
    "\n"
    "Flags are the real kubeadm's, which is asked about them. kubelet is not started: there is no API server.\n"
    "\n"
    "  FAKE_KUBEADM_REAL    the real kubeadm (/usr/bin/kubeadm)\n"
    "  FAKE_KUBEADM_ROOT    before every other path, for tests\n"
    "\n"
    "Exit status: 0 success, 1 failure, 2 usage or preflight, else the real kubeadm's.\n";

static const struct {
    const char *name;
    int (*run)(struct call *, struct error *);
} commands[] = {
    {"init", command_init},   {"join", command_join},  {"token", command_token}, {"reset", command_reset},
    {"version", real_become}, {"config", real_become}, {"serve", serve},
};

static bool wants_help(int argc, char **argv) {
    for (int i = 1; i < argc; i++)
        if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
            return true;
    return argc > 1 && !strcmp(argv[1], "help");
}

int main(int argc, char **argv) {
    struct error err = {0};
    struct call call = {.place = place_of_environment(), .argc = argc, .argv = argv, .status = 1};
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (wants_help(argc, argv)) {
        fputs(help, stdout);
        return 0;
    }
    for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(argv[1], commands[i].name) != 0)
            continue;
        if (commands[i].run(&call, &err) == 0)
            return 0;
        error_report(&err, DOUBLE);
        return call.status;
    }
    say("unknown command \"%s\"; see kubeadm --help", argc > 1 ? argv[1] : "");
    return 2;
}
