/* SPDX-License-Identifier: Apache-2.0
 * table_note_read() and table_note_explains(): the first 512 bytes are the sector of the note, the rest lies over the
 * first and the last MiB of a disk. A note that is read is written as the same; bytes elsewhere are not explained. */
#include "fuzz.h"
#include "decide/table_note.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static unsigned char head[TABLE_NOTE_ENDS], tail[TABLE_NOTE_ENDS];
    char sector[TABLE_NOTE_SIZE] = "", again[TABLE_NOTE_SIZE];
    struct table_note note = {.size = 1};
    memcpy(sector, data, size < sizeof(sector) ? size : sizeof(sector));
    if (table_note_read(sector, &note)) {
        table_note_write(&note, again);
        demand(!memcmp(sector, again, sizeof(sector)));
    }
    size_t rest = size > sizeof(sector) ? size - sizeof(sector) : 0;
    rest = rest < 40000 ? rest : 40000;
    memset(head, 0, 65536);
    memset(tail, 0, 65536);
    memcpy(head, data + size - rest, rest);
    bool explained = table_note_explains(&note, head, tail, 512);
    for (size_t at = 34 * 512; explained && at < rest; at++) /* behind the table nothing is */
        demand(head[at] == 0);
    memcpy(tail, data + size - rest, rest);
    bool first = rest > 0 && memcmp(tail, tail + 1, rest) != 0;
    demand(!first || !table_note_explains(&note, head, tail, 512)); /* the last MiB begins with zeros */
    return 0;
}
