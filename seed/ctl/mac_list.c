/* SPDX-License-Identifier: Apache-2.0
 * See mac_list.h. */
#include "mac_list.h"

#include "buf.h"
#include "check.h"
#include "file.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { FILE_MAX = 65536 };
#define BETWEEN ", \t\r\n"

static int mac_list_parse(const char *text, char (*ret)[NET_MAC_SIZE], size_t most, size_t *ret_n, struct error *err) {
    size_t n = 0;
    for (text += strspn(text, BETWEEN); *text; text += strspn(text, BETWEEN)) {
        if (*text == '#') {
            text += strcspn(text, "\n");
            continue;
        }
        char word[64];
        size_t length = strcspn(text, BETWEEN "#");
        snprintf(word, sizeof(word), "%.*s", (int)(length < sizeof(word) ? length : sizeof(word) - 1), text);
        if (check_mac(word)) {
            error_set(err, -1, "--mac: `%s` is not valid", word);
            return error_remedy(err, "give %s, or a file with one a line", check_mac(word));
        }
        if (n == most)
            return error_set(err, -1, "--mac: more than %zu MAC addresses, which no site has", most);
        net_mac_parse(word, ret[n++]);
        text += length;
    }
    *ret_n = n;
    return 0;
}

int mac_list_read(const char *from, char (*ret)[NET_MAC_SIZE], size_t most, size_t *ret_n, struct error *err) {
    cleanup_buf struct buf text = BUF_INIT(FILE_MAX);
    if (access(from, F_OK) < 0)
        return mac_list_parse(from, ret, most, ret_n, err);
    if (file_read(from, &text, err) < 0)
        return -1;
    return mac_list_parse(buf_text(&text), ret, most, ret_n, err) < 0 ? error_wrap(err, "`%s`", from) : 0;
}
