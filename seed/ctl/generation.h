/* SPDX-License-Identifier: Apache-2.0
 * The generation of a certificate that seedctl init made (lib/pki.h). */
#pragma once

/* Of the PEM file's first certificate, by the names that it has of `name`; 0: there is no such file. */
unsigned generation_of_file(const char *path, const char *name);
