/* SPDX-License-Identifier: Apache-2.0
 * See backup_copier.h. */
#include "backup_copier.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* $1 STATE/backups, $2 NAME, $3 folder, $4 how many stay, $5 hash of the cluster's CA. First what a copy that was cut
 * off left, and the oldest ones, go: else a folder that is full would stay so. The note comes last: without it an
 * archive is no backup. */
static const char script[] = "set -eu\n"
                             "umask 077\n"
                             "[ -d \"$3\" ] || { echo \"$3: No such file or directory\" >&2; exit 1; }\n"
                             "cd \"$3\"\n"
                             "rm -f .*T*Z-*.age .*T*Z-*.json\n"
                             "grep -lF \"$5\" -- *.json 2>/dev/null | grep -vxF \"$2.json\" | sort -r | tail -n "
                             "\"+$4\" | while read -r old; do\n"
                             "    rm -f \"$old\" \"${old%.json}.age\"\n"
                             "done\n"
                             "for file in \"$2.age\" \"$2.json\"; do\n"
                             "    cp \"$1/$file\" \".$file\"\n"
                             "    sync \".$file\"\n"
                             "    mv \".$file\" \"$file\"\n"
                             "done\n"
                             "sync .\n";

int backup_copier_start(struct backup_copier *copier, const char *state, const char *name, const char *folder,
                        unsigned keep, const char *ca_hash, struct error *err) {
    char from[4096], most[16];
    int said[2];
    snprintf(from, sizeof(from), "%.4000s/backups", state);
    snprintf(most, sizeof(most), "%u", keep);
    if (pipe2(said, O_CLOEXEC | O_NONBLOCK) < 0)
        return error_errno(err, errno, "pipe");
    copier->pid = fork();
    if (copier->pid == 0) {
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        dup2(said[1], STDERR_FILENO);
        execl("/bin/sh", "sh", "-c", script, "sh", from, name, folder, most, ca_hash, (char *)NULL);
        _exit(127);
    }
    close(said[1]);
    if (copier->pid < 0) {
        close(said[0]);
        copier->pid = 0;
        return error_errno(err, errno, "fork");
    }
    copier->said = said[0];
    snprintf(copier->folder, sizeof(copier->folder), "%s", folder);
    return 0;
}

bool backup_copier_ended(struct backup_copier *copier, int *ret_result, struct error *err) {
    char text[256] = "it was ended";
    int status;
    if (!copier->pid || waitpid(copier->pid, &status, WNOHANG) == 0)
        return false;
    ssize_t n = read(copier->said, text, sizeof(text) - 1);
    if (n > 0)
        text[n] = '\0';
    close(copier->said);
    copier->pid = 0;
    *ret_result = 0;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        *ret_result = error_set(err, EIO, "%.*s", (int)strcspn(text, "\n"), text);
    return true;
}
