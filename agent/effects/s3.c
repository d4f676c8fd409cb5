/* SPDX-License-Identifier: Apache-2.0
 * See s3.h. */
#include "s3.h"
#include "decide/paths.h"
#include "http.h"

#include "file.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define AT_ONCE_MAX (INT64_C(5) << 30) /* PutObject */
#define CA_FILE AGENT_RUN "/s3-ca.pem"

/* <Code>AccessDenied</Code> of the answer (REST Error Responses). "" when there is none. */
static void code_of(const char *text, char ret[static 64]) {
    const char *begin = strstr(text, "<Code>"), *end = begin ? strstr(begin, "</Code>") : NULL;
    size_t n = end ? (size_t)(end - begin) - strlen("<Code>") : 0;
    snprintf(ret, 64, "%.*s", n < 64 ? (int)n : 0, n ? begin + strlen("<Code>") : "");
    for (char *c = ret; *c; c++)
        if (*c < ' ' || *c > '~')
            *c = '?';
}

int s3_put(const struct s3_object *object, const char *file, struct error *err) {
    cleanup_reply struct http_reply reply = HTTP_REPLY_INIT;
    struct stat st;
    char sum[128], signature[128], code[64];
    const struct http_options options = {
        .upload = file, .ca_file = CA_FILE, .sigv4 = signature, .user_password = object->key, .headers = {sum}};
    if (stat(file, &st) == 0 && st.st_size > AT_ONCE_MAX)
        return error_set(err, EFBIG, "%s: larger than 5 GiB, the most that S3 takes at once", file);
    snprintf(sum, sizeof(sum), "x-amz-content-sha256: %s", object->sha256);
    snprintf(signature, sizeof(signature), "aws:amz:%s:s3", object->region);
    if (file_write(CA_FILE, object->ca, strlen(object->ca), 0600, err) < 0 ||
        http_call(object->url, &options, &reply, err) < 0)
        return -1;
    if (reply.status / 100 == 2)
        return 0;
    code_of(buf_text(&reply.body), code);
    return error_set(err, reply.status == 403 ? EACCES : EIO, "%s: status %ld%s%s", object->url, reply.status,
                     code[0] ? ", " : "", code);
}
