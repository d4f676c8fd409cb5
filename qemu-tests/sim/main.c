/* SPDX-License-Identifier: Apache-2.0
 * sim: runs of the deterministic simulation, in as many processes as there are processors; then every mutant, which
 * must be caught. sim [--seeds N] [--first N] [--mutants-only] | sim --seed N [--mutant M] [--trace] */
#include "world.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SEEDS = 100000, MUTANT_SEEDS = 20000, PROCESSES = 64 };

struct arguments {
    uint64_t first, seeds, seed;
    bool one, trace, mutants_only;
    int mutant;
};

struct result { /* of a share of the runs */
    uint64_t runs, failed, first_failed, counts[COUNTS];
    char said[400];
};

static int usage(void) {
    fprintf(stderr, "usage: sim [--seeds N] [--first N] [--mutants-only] | sim --seed N [--mutant M] [--trace]\n");
    return 2;
}

static void say(const struct world *w, uint64_t number, char *ret, size_t size) {
    snprintf(ret, size, "seed %llu violates: %s: %s", (unsigned long long)number, w->oracle.violated, w->oracle.detail);
}

/* Every stride-th run from `first`; a mutant is caught by the first violation. */
static void run_share(uint64_t first, uint64_t seeds, uint64_t stride, enum mutant mutant, struct result *ret) {
    struct world *w = world_new();
    if (!w)
        exit(1);
    mallopt(M_TRIM_THRESHOLD, 64 << 20); /* SQLite takes the same memory with every run */
    mallopt(M_TOP_PAD, 8 << 20);
    for (uint64_t i = 0; i < seeds; i += stride) {
        ret->runs++;
        if (world_run(w, first + i, mutant, NULL))
            continue;
        if (!ret->failed++) {
            ret->first_failed = first + i;
            say(w, first + i, ret->said, sizeof(ret->said));
        }
        if (mutant != MUTANT_NONE)
            break;
    }
    memcpy(ret->counts, w->counts, sizeof(ret->counts));
}

static void add(struct result *sum, const struct result *share) {
    if (share->failed && (!sum->failed || share->first_failed < sum->first_failed)) {
        sum->first_failed = share->first_failed;
        memcpy(sum->said, share->said, sizeof(sum->said));
    }
    sum->runs += share->runs;
    sum->failed += share->failed;
    for (int i = 0; i < COUNTS; i++)
        sum->counts[i] += share->counts[i];
}

static int run_all(const struct arguments *a, uint64_t seeds, enum mutant mutant, struct result *ret) {
    long processes = sysconf(_SC_NPROCESSORS_ONLN);
    int pipes[PROCESSES][2];
    if (processes < 1 || processes > PROCESSES)
        processes = 1;
    for (long i = 0; i < processes; i++) {
        if (pipe(pipes[i]) < 0)
            return -1;
        pid_t pid = fork();
        if (pid < 0)
            return -1;
        if (pid == 0) {
            struct result share = {0};
            run_share(a->first + (uint64_t)i, seeds > (uint64_t)i ? seeds - (uint64_t)i : 0, (uint64_t)processes,
                      mutant, &share);
            _exit(write(pipes[i][1], &share, sizeof(share)) != sizeof(share));
        }
        close(pipes[i][1]);
    }
    int result = 0;
    for (long i = 0; i < processes; i++) {
        struct result share;
        if (read(pipes[i][0], &share, sizeof(share)) == sizeof(share))
            add(ret, &share);
        else
            result = -1;
        close(pipes[i][0]);
        wait(NULL);
    }
    return result;
}

static double now_s(void) {
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static bool run_real(const struct arguments *a) {
    static const char *const names[COUNTS] = {"events",
                                              "kubeadm inits",
                                              "times a machine lost power",
                                              "times the seed did or was killed",
                                              "rollbacks",
                                              "quarantines",
                                              "rearms",
                                              "recoveries"};
    struct result r = {0};
    double started = now_s();
    if (run_all(a, a->seeds, MUTANT_NONE, &r) < 0) {
        printf("FAILED  a process of the simulation died\n");
        return false;
    }
    double seconds = now_s() - started;
    printf("%s %3.0f s  %llu runs from seed %llu, %llu violate an invariant\n", r.failed ? "FAILED " : "ok     ",
           seconds, (unsigned long long)r.runs, (unsigned long long)a->first, (unsigned long long)r.failed);
    if (r.failed)
        printf("              %s\n              again, with every event: make sim SEED=%llu\n", r.said,
               (unsigned long long)r.first_failed);
    printf("              %.0f runs/s", (double)r.runs / seconds);
    for (int i = 0; i < COUNTS; i++)
        printf("; %llu %s", (unsigned long long)r.counts[i], names[i]);
    putchar('\n');
    return !r.failed;
}

static bool catch_mutant(const struct arguments *a, enum mutant mutant) {
    struct result r = {0};
    double started = now_s();
    bool ran = run_all(a, MUTANT_SEEDS, mutant, &r) == 0, caught = ran && r.failed;
    printf("%s %3.0f s  mutant `%s` %s\n", caught ? "ok     " : "FAILED ", now_s() - started, mutant_name(mutant),
           caught ? "is caught" : "is not caught");
    if (caught)
        printf("              %s\n", r.said);
    return caught;
}

static int replay(const struct arguments *a) {
    char said[400];
    struct world *w = world_new();
    if (!w)
        return 1;
    bool good = world_run(w, a->seed, (enum mutant)a->mutant, a->trace ? stdout : NULL);
    if (!good)
        say(w, a->seed, said, sizeof(said));
    printf("%s\n", good ? "nothing is violated" : said);
    printf("\n%d passed, %d failed\n", good, !good);
    return !good;
}

static bool parse(int argc, char **argv, struct arguments *ret) {
    *ret = (struct arguments){.first = 1, .seeds = SEEDS};
    for (int i = 1; i < argc; i++) {
        char *end = NULL;
        bool more = i + 1 < argc;
        if (!strcmp(argv[i], "--trace"))
            ret->trace = true;
        else if (!strcmp(argv[i], "--mutants-only"))
            ret->mutants_only = true;
        else if (more && !strcmp(argv[i], "--seeds"))
            ret->seeds = strtoull(argv[++i], &end, 10);
        else if (more && !strcmp(argv[i], "--first"))
            ret->first = strtoull(argv[++i], &end, 10);
        else if (more && !strcmp(argv[i], "--seed"))
            ret->one = true, ret->seed = strtoull(argv[++i], &end, 10);
        else if (more && !strcmp(argv[i], "--mutant"))
            ret->mutant = (int)strtoull(argv[++i], &end, 10);
        else
            return false;
        if (end && *end)
            return false;
    }
    return ret->mutant < MUTANTS;
}

int main(int argc, char **argv) {
    struct arguments a;
    int passed = 0, failed = 0;
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (!parse(argc, argv, &a))
        return usage();
    if (a.one)
        return replay(&a);
    if (!a.mutants_only)
        run_real(&a) ? passed++ : failed++;
    for (int mutant = MUTANT_NONE + 1; mutant < MUTANTS; mutant++)
        catch_mutant(&a, (enum mutant)mutant) ? passed++ : failed++;
    printf("\n%d passed, %d failed\n", passed, failed);
    return failed != 0;
}
