/* SPDX-License-Identifier: Apache-2.0
 * See redact.h. */
#include "redact.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

enum { TOKEN_ID = 6, TOKEN_SECRET = 16, KEY_DIGITS = 64, WEB_TOKEN_LEAST = 20 };

struct text {
    const char *at, *end;
};

static bool begins(const struct text *text, const char *with) {
    size_t length = strlen(with);
    return (size_t)(text->end - text->at) >= length && !memcmp(text->at, with, length);
}

/* "-----BEGIN RSA PRIVATE KEY-----": the length of such a mark. 0: it is none, or it is the mark of something that is
 * no secret. */
static size_t mark_length(const struct text *text, const char *mark) {
    if (!begins(text, mark))
        return 0;
    const char *label = text->at + strlen(mark), *dashes = memmem(label, (size_t)(text->end - label), "-----", 5);
    if (!dashes || dashes - label > 40 || !memmem(label, (size_t)(dashes - label), "PRIVATE KEY", 11))
        return 0;
    return (size_t)(dashes + 5 - text->at);
}

/* The end of the key that begins here; the end of the text when it has none. */
static const char *skip_key(struct text text) {
    for (; text.at < text.end; text.at++) {
        size_t length = mark_length(&text, "-----END ");
        if (length)
            return text.at + length;
    }
    return text.end;
}

/* Skips a key whose beginning was cut off. */
static const char *skip_half_key(struct text text) {
    const char *start = text.at;
    for (; text.at < text.end; text.at++) {
        size_t length = mark_length(&text, "-----END ");
        if (length)
            return text.at + length;
        if (mark_length(&text, "-----BEGIN "))
            break;
    }
    return start;
}

static size_t span(const struct text *text, bool (*fits)(char c), size_t most) {
    size_t n = 0;
    while (n < most && text->at + n < text->end && fits(text->at[n]))
        n++;
    return n;
}

static bool is_token_letter(char c) {
    return islower((unsigned char)c) || isdigit((unsigned char)c);
}
static bool is_hex(char c) {
    return isxdigit((unsigned char)c);
}
static bool is_web_token_letter(char c) {
    return isalnum((unsigned char)c) || c == '-' || c == '_' || c == '.';
}

static bool is_token(const struct text *text) {
    if (text->end - text->at <= TOKEN_ID + TOKEN_SECRET || span(text, is_token_letter, TOKEN_ID) != TOKEN_ID ||
        text->at[TOKEN_ID] != '.')
        return false;
    struct text secret = {text->at + TOKEN_ID + 1, text->end};
    return span(&secret, is_token_letter, TOKEN_SECRET + 1) == TOKEN_SECRET;
}

/* The length of the secret that begins here, and the word for it; 0: none begins here. The character before does not
 * matter: a log may quote another log, and the n of a quoted `\n` is no part of a word. */
static size_t secret_length(const struct text *text, bool hex, const char **ret_word) {
    size_t length = span(text, is_hex, SIZE_MAX);
    *ret_word = "[key]";
    if (length >= KEY_DIGITS && hex)
        return length;
    *ret_word = "[token]";
    if (is_token(text))
        return TOKEN_ID + 1 + TOKEN_SECRET;
    length = begins(text, "eyJ") ? span(text, is_web_token_letter, SIZE_MAX) : 0;
    return length >= WEB_TOKEN_LEAST ? length : 0;
}

void redact(const char *bytes, size_t size, bool keys, struct buf *ret) {
    struct text text = {.at = bytes, .end = bytes + size};
    const char *word;
    text.at = skip_half_key(text);
    for (size_t length; text.at < text.end; text.at += length) {
        bool digest = text.at - bytes >= 7 && !memcmp(text.at - 7, "sha256:", 7);
        if (mark_length(&text, "-----BEGIN ")) {
            length = (size_t)(skip_key(text) - text.at);
            buf_adds(ret, "[private key]");
        } else if ((length = secret_length(&text, keys && !digest, &word))) {
            buf_adds(ret, word);
        } else {
            buf_add(ret, text.at, 1);
            length = 1;
        }
    }
}

/* Whether the text has this shape: x a hex digit, anything else itself; and is no part of a longer word. */
static bool has_shape(const char *start, const char *at, const char *shape) {
    if (at > start && (isxdigit((unsigned char)at[-1]) || at[-1] == ':'))
        return false;
    for (; *shape; shape++, at++)
        if (*shape == 'x' ? !isxdigit((unsigned char)*at) : *at != *shape)
            return false;
    return !isxdigit((unsigned char)*at) && *at != ':';
}

void redact_hardware(const char *text, struct buf *ret) {
    static const struct {
        const char *shape, *word;
    } hardware[] = {{"xx:xx:xx:xx:xx:xx", "[MAC]"}, {"xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx", "[UUID]"}};
    static const char serial[] = "serial ";
    for (const char *at = text; *at;) {
        size_t length = 0;
        for (size_t i = 0; i < sizeof(hardware) / sizeof(hardware[0]) && !length; i++)
            if (has_shape(text, at, hardware[i].shape)) {
                length = strlen(hardware[i].shape);
                buf_adds(ret, hardware[i].word);
            }
        if (!length && !strncmp(at, serial, sizeof(serial) - 1)) {
            length = sizeof(serial) - 1 + strcspn(at + sizeof(serial) - 1, " ,;)");
            buf_adds(ret, "serial [serial]");
        }
        if (!length) {
            buf_add(ret, at, 1);
            length = 1;
        }
        at += length;
    }
}
