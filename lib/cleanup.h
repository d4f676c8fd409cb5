/* SPDX-License-Identifier: Apache-2.0
 * Scope-bound destructors: `cleanup_free char *s = NULL;`. All accept NULL and half-built objects. */
#pragma once
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void cleanup_freep(void *p) {
    free(*(void **)p);
}
static inline void cleanup_closep(int *fd) {
    if (*fd >= 0)
        close(*fd);
}
static inline void cleanup_fclosep(FILE **f) {
    if (*f)
        fclose(*f);
}
static inline void cleanup_closedirp(DIR **folder) {
    if (*folder)
        closedir(*folder);
}
#define cleanup_closedir __attribute__((cleanup(cleanup_closedirp)))
#define cleanup_free __attribute__((cleanup(cleanup_freep)))
#define cleanup_close __attribute__((cleanup(cleanup_closep)))
#define cleanup_fclose __attribute__((cleanup(cleanup_fclosep)))
