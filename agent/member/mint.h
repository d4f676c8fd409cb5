/* SPDX-License-Identifier: Apache-2.0
 * A Ready master mints join tickets for other machines: `kubeadm token create`, and for masters `upload-certs`. */
#pragma once
struct agent;

/* Takes and serves requests for ever. */
void mint_forever(struct agent *agent);
