/* SPDX-License-Identifier: Apache-2.0
 * See generation.h. */
#include "generation.h"
#include "decide/generation.h"
#include "decide/paths.h"

#include "clock.h"
#include "file.h"
#include "log.h"
#include <stdio.h>
#include <string.h>

enum { AGAIN_MS = 60000 };
#define KEPT AGENT_STATE "/" GENERATION_FILE

static void keep(struct seed_client *client) {
    char text[GENERATION_TEXT_SIZE];
    struct error err = {0};
    generation_print(client->generation, client->pin, text);
    if (file_write(KEPT, text, strlen(text), 0644, &err) < 0)
        log_warning("generation of the seed's certificate: %s", err.message);
    client->generation_kept = client->generation; /* it is not tried again with every call */
}

void generation_settle(struct seed_client *client) {
    cleanup_buf struct buf text = BUF_INIT(GENERATION_TEXT_SIZE);
    struct error none;
    client->generation_kept = file_read(KEPT, &text, &none) == 0 ? generation_parse(buf_text(&text), client->pin) : 1;
    if (client->generation_kept > client->generation)
        client->generation = client->generation_kept;
}

void generation_hear(struct seed_client *client, const struct http_options *options, const char *header) {
    unsigned said = generation_of_header(header);
    cleanup_reply struct http_reply reply = HTTP_REPLY_INIT;
    struct http_options again = {.ca_file = options->ca_file,
                                 .cert_file = options->cert_file,
                                 .key_file = options->key_file,
                                 .connect_to = options->connect_to};
    char name[PKI_NAME_SIZE], url[64];
    struct error err = {0};
    if (client->generation > client->generation_kept && !client->looks_only)
        keep(client);
    if (said <= 1 || said <= client->generation || clock_boottime_ms() < client->generation_again_ms)
        return;
    pki_name(PKI_SEED_NAME, said, name);
    snprintf(url, sizeof(url), "https://%s/healthz", name);
    if (http_call(url, &again, &reply, &err) < 0) {
        client->generation_again_ms = clock_boottime_ms() + AGAIN_MS;
        log_warning("the seed says that certificates of generation %u count, and shows none: %s", said, err.message);
        return;
    }
    log_info("from now on the seed's certificate must be of generation %u", said);
    client->generation = said;
    if (!client->looks_only)
        keep(client);
    http_disconnect(&client->connection); /* it was made under another name */
}
