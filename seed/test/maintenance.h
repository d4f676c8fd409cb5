/* SPDX-License-Identifier: Apache-2.0
 * What the tests of the maintenance record share: one record, and what is said to it. */
#pragma once
#include "test/testing.h"

#include "record/maintenance.h"
#include <string.h>

static struct maintenance record;

static inline enum maintenance_answer apply(struct maintenance_event event) {
    return maintenance_next(&record, &event, &record);
}
#define APPLY(...) apply((struct maintenance_event){__VA_ARGS__})
static inline enum maintenance_answer take(const char *hostname, int64_t now_ms) {
    return APPLY(.type = MAINTENANCE_TAKE, .hostname = hostname, .now_ms = now_ms);
}
static inline enum maintenance_answer speak(enum maintenance_event_type type, const char *hostname, int64_t token) {
    return APPLY(.type = type, .hostname = hostname, .token = token, .step = "etcd", .code = "SR-MAINTENANCE",
                 .message = "etcd \"does\" not start", .now_ms = 2000);
}
static inline enum maintenance_answer open_order(const char *const *machines, size_t n) {
    return APPLY(.type = MAINTENANCE_OPEN, .machines = machines, .n_machines = n);
}
static inline enum maintenance_answer act(enum maintenance_event_type type) {
    return APPLY(.type = type, .now_ms = 3000);
}
static const char *const masters[] = {"k8s-m1", "k8s-m2", "k8s-m3"};

static inline int fresh(void **state) {
    (void)state;
    record = maintenance_initial();
    return 0;
}
