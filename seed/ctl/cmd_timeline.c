/* SPDX-License-Identifier: Apache-2.0
 * seedctl timeline: seconds that each machine spent in each step, from the events that the seed has. */
#include "ask.h"
#include "commands.h"
#include "log.h"
#include "step_names.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MACHINES_MAX = 512 /* SITE: nodes */ };

struct machine {
    char hostname[64];
    double seconds[STEP_NAMES]; /* < 0: not since the machine booted */
};

struct timeline {
    struct machine *machines;
    size_t n;
};

static void machine_forget(struct machine *machine, size_t from) {
    for (size_t i = from; i < STEP_NAMES; i++)
        machine->seconds[i] = -1;
}

static struct machine *machine_of(struct timeline *timeline, const char *hostname) {
    for (size_t i = 0; i < timeline->n; i++)
        if (!strcmp(timeline->machines[i].hostname, hostname))
            return &timeline->machines[i];
    if (timeline->n == MACHINES_MAX)
        return NULL;
    struct machine *machine = &timeline->machines[timeline->n++];
    snprintf(machine->hostname, sizeof(machine->hostname), "%.63s", hostname);
    machine_forget(machine, 0);
    return machine;
}

/* When a step is done, the later steps are forgotten: their times are from before the machine booted. */
static bool timeline_event(void *context, const cJSON *event) {
    struct machine *machine = machine_of(context, json_text(event, "hostname"));
    const char *state = json_text(event, "state");
    enum step_name step = step_name_find(json_text(event, "step"));
    if (!machine || step == STEP_NAMES)
        return true;
    bool ready = step == STEP_ready && !strcmp(state, "ready");
    if (!strcmp(state, "done") || (ready && machine->seconds[step] < 0)) {
        machine_forget(machine, step);
        machine->seconds[step] = json_number(event, "seconds", 0);
    }
    return true;
}

static int by_name(const void *a, const void *b) {
    return strcmp(((const struct machine *)a)->hostname, ((const struct machine *)b)->hostname);
}

static void print_list(const struct timeline *timeline) {
    cleanup_json cJSON *list = cJSON_CreateArray();
    for (size_t i = 0; i < timeline->n; i++) {
        cJSON *object = cJSON_CreateObject(), *spent = cJSON_AddObjectToObject(object, "seconds");
        cJSON_AddStringToObject(object, "hostname", timeline->machines[i].hostname);
        for (size_t j = 0; j < STEP_NAMES; j++)
            if (timeline->machines[i].seconds[j] >= 0)
                cJSON_AddNumberToObject(spent, step_name(j), timeline->machines[i].seconds[j]);
        cJSON_AddItemToArray(list, object);
    }
    print_json(list);
}

static void print_table(const struct timeline *timeline) {
    bool shown[STEP_NAMES] = {false}; /* machines that start on their own root have no first steps */
    for (size_t i = 0; i < timeline->n; i++)
        for (size_t j = 0; j < STEP_NAMES; j++)
            shown[j] |= timeline->machines[i].seconds[j] >= 0;
    printf("%-16s", "machine");
    for (size_t j = 0; j < STEP_NAMES; j++)
        if (shown[j])
            printf(" %9s", step_name(j));
    putchar('\n');
    for (size_t i = 0; i < timeline->n; i++) {
        printf("%-16s", timeline->machines[i].hostname);
        for (size_t j = 0; j < STEP_NAMES; j++) {
            if (shown[j] && timeline->machines[i].seconds[j] >= 0)
                printf(" %9.1f", timeline->machines[i].seconds[j]);
            else if (shown[j])
                printf(" %9s", "-");
        }
        putchar('\n');
    }
}

int seedctl_timeline(const struct arguments *arguments) {
    struct timeline timeline = {0};
    struct error err = {0};
    struct ask ask;
    int64_t since = 0;
    if (ask_start(&ask, arguments) < 0)
        return 1;
    timeline.machines = calloc(MACHINES_MAX, sizeof(struct machine));
    int result = timeline.machines ? ask_events(&ask, &since, 0, timeline_event, &timeline, &err)
                                   : error_errno(&err, ENOMEM, "machines");
    if (result < 0) {
        error_report(&err, "seedctl: timeline");
    } else {
        qsort(timeline.machines, timeline.n, sizeof(timeline.machines[0]), by_name);
        (arguments->json ? print_list : print_table)(&timeline);
    }
    free(timeline.machines);
    ask_end(&ask);
    return result < 0 ? 1 : 0;
}
