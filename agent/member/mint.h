/* SPDX-License-Identifier: Apache-2.0
 * A living master mints join tickets for others: kubeadm token create, and upload-certs for masters. */
#pragma once
struct agent;

/* Takes and serves requests for ever. */
void mint_forever(struct agent *agent);
