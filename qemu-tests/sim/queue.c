/* SPDX-License-Identifier: Apache-2.0
 * See queue.h: a binary heap of small entries; the events themselves do not move. */
#include "queue.h"

void queue_clear(struct queue *queue) {
    queue->n = 0;
    queue->planned = 0;
    queue->n_unused = QUEUE_MAX;
    for (unsigned i = 0; i < QUEUE_MAX; i++)
        queue->unused[i] = QUEUE_MAX - 1 - i;
}

static bool before(const struct queue *queue, unsigned a, unsigned b) {
    return queue->heap[a].at < queue->heap[b].at ||
           (queue->heap[a].at == queue->heap[b].at && queue->heap[a].order < queue->heap[b].order);
}

static void exchange(struct queue *queue, unsigned a, unsigned b) {
    __typeof__(queue->heap[0]) kept = queue->heap[a];
    queue->heap[a] = queue->heap[b];
    queue->heap[b] = kept;
}

bool queue_add(struct queue *queue, int64_t at, const struct event *event) {
    if (!queue->n_unused)
        return false;
    unsigned slot = queue->unused[--queue->n_unused], i = queue->n++;
    queue->slots[slot] = *event;
    queue->heap[i].at = at;
    queue->heap[i].order = queue->planned++;
    queue->heap[i].slot = slot;
    for (; i && before(queue, i, (i - 1) / 2); i = (i - 1) / 2)
        exchange(queue, i, (i - 1) / 2);
    return true;
}

bool queue_take(struct queue *queue, int64_t *ret_at, struct event *ret) {
    if (!queue->n)
        return false;
    *ret_at = queue->heap[0].at;
    *ret = queue->slots[queue->heap[0].slot];
    queue->unused[queue->n_unused++] = queue->heap[0].slot;
    queue->heap[0] = queue->heap[--queue->n];
    for (unsigned i = 0, least = 0;; i = least) {
        for (unsigned child = 2 * i + 1; child <= 2 * i + 2 && child < queue->n; child++)
            if (before(queue, child, least))
                least = child;
        if (least == i)
            return true;
        exchange(queue, i, least);
    }
}
