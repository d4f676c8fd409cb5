/* SPDX-License-Identifier: Apache-2.0
 * The verbs of seed-agent. Each takes its own name as argv[0] and returns the exit status: 0, 1, 2 usage. */
#pragma once

int cmd_run(int argc, char **argv);
int cmd_plan(int argc, char **argv);
int cmd_facts(int argc, char **argv);
int cmd_fetch(int argc, char **argv);
int cmd_render(int argc, char **argv);
int cmd_service(int argc, char **argv);
int cmd_words(int argc, char **argv);
int cmd_version(int argc, char **argv);
