/* SPDX-License-Identifier: Apache-2.0
 * The network part of step 8: links, addresses and routes as the role document says (decide/links.h). A network that is
 * new to a machine counts when the seed answers over it; else the machine goes back to the one before. */
#pragma once
#include "agent.h"

/* Chooses between the document's network and the last proved one, if the machine lost its seed with the document's, or
 * has no seed now to prove it with. Before all others. */
int host_network_choose(struct agent *agent, struct error *err);

/* Each: 1 it differs, 0 it does not, -1; and makes it so. */
int host_links_differ(struct agent *agent, struct error *err);
int host_links_apply(struct agent *agent, struct error *err);
int host_links_release(struct agent *agent, struct error *err); /* links_release() */
int host_address_differs(struct agent *agent, struct error *err);
int host_address_apply(struct agent *agent, struct error *err);
int host_routes_differ(struct agent *agent, struct error *err);
int host_routes_apply(struct agent *agent, struct error *err);
int host_network_changes(struct agent *agent, struct error *err); /* any of them, or something to be proved */
int host_network_differs(struct agent *agent, struct error *err); /* it is not proved yet */
int host_network_prove(struct agent *agent, struct error *err);

/* A change of the network failed with *err: back to the one that was proved. -1 where none was, or it fails, too. */
int host_network_retreat(struct agent *agent, struct error *err);
