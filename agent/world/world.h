/* SPDX-License-Identifier: Apache-2.0
 * The world outside the program, as steps, bootstrap and member see it: one table of functions (world.def). The agent
 * uses the real functions; a unit test replaces some by its own. */
#pragma once
#include "effects/address_watch.h"
#include "effects/api_server.h"
#include "effects/arp.h"
#include "effects/await.h"
#include "effects/ca_hash.h"
#include "effects/ca_key.h"
#include "effects/certificates.h"
#include "effects/child.h"
#include "effects/dhcp.h"
#include "effects/etcd.h"
#include "effects/firewall.h"
#include "effects/followed.h"
#include "effects/identity.h"
#include "effects/lease.h"
#include "effects/mounts.h"
#include "effects/netlink.h"
#include "effects/offers.h"
#include "effects/own_link.h"
#include "effects/ports.h"
#include "effects/process.h"
#include "effects/runtime.h"
#include "effects/service.h"
#include "effects/swap.h"
#include "effects/sysctl.h"
#include "effects/uplink.h"
#include "effects/vrrp.h"
#include "effects/wall_clock.h"
#include "effects/wipe.h"
#include "file.h"
#include "seed/claim.h"
#include "seed/client.h"
#include "seed/passwords.h"
#include "seed/path.h"
#include "seed/probe.h"
#include "seed/rogue_dhcp.h"
#include "seed/role_document.h"
#include "storage/data.h"
#include "storage/fetch_all.h"
#include "storage/forget.h"
#include "storage/install.h"
#include "storage/kernels.h"
#include "storage/layers.h"
#include "storage/recall.h"
#include "storage/rendered.h"
#include "storage/role_store.h"
#include "storage/usb.h"

struct world {
#define WORLD(function) __typeof__(function) *function;
#include "world.def"
#undef WORLD
};

extern const struct world world_real;
