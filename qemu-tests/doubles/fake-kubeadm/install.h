/* SPDX-License-Identifier: Apache-2.0
 * fake-kubeadm (test double): the files that init and join leave, copied from the PKI that was made on the host. */
#pragma once
#include "place.h"

/* Before the work: certificates and keys, as kubeadm makes them first. */
int install_pki(const struct place *place, bool master, struct error *err);
/* After the work: kubeconfigs, kubelet's configuration and client certificate, on masters static pods that say that
 * they are none. */
int install_rest(const struct place *place, const char *hostname, bool master, struct error *err);
/* What `kubeadm reset` removes: the contents of kubeadm's folders, and its files. */
int install_remove(const struct place *place, struct error *err);
