/* SPDX-License-Identifier: Apache-2.0
 * The table of seedctl's commands: name, operands, options and help texts. Usage texts, completion and the synopsis of
 * docs/seedctl.8 are made from it. */
#include "commands.h"
#include "pki.h"

#include <string.h>

#define INTO(field) .offset = offsetof(struct arguments, field)
#define JSON(text)                                                                                                     \
    { .name = "json", .help = text, INTO(json) }

const struct command commands[] = {
    {.name = "new",
     .operands = "[FILE]",
     .help = "a first site document, with what this machine knows; says what is left",
     .notes =
         "Run it on the seed's machine: the machines get its subnet, gateway and nameservers. Their addresses count "
         "up from the one\n"
         "after the VIP, past those that are known to be taken. The VIP's last number becomes virtual_router_id: "
         "every cluster of a\n"
         "segment needs its own. Nobody on the network is asked. Prints the document, or writes FILE, which it "
         "never replaces. A MAC\n"
         "that is not known has a text in its place that seedctl validate refuses.\n",
     .run = seedctl_new,
     .options = {{.name = "vip",
                  .value = "ADDRESS",
                  .required = true,
                  .help = "the cluster's virtual address: on the seed's segment, and nobody's",
                  INTO(vip)},
                 {.name = "seed",
                  .value = "ADDRESS|URL",
                  .required = true,
                  .help = "where the seed is; with an address alone, at port 8080",
                  INTO(seed)},
                 {.name = "masters", .value = "N", .help = "how many; else 3", INTO(masters)},
                 {.name = "workers", .value = "N", .help = "how many; else as --mac has more", INTO(workers)},
                 {.name = "mac",
                  .value = "FILE|LIST",
                  .help = "the machines' MACs, masters first: one a line, or with commas",
                  INTO(mac)},
                 {.name = "first",
                  .value = "ADDRESS",
                  .help = "the first machine's address; else the one after the VIP",
                  INTO(first)},
                 {.name = "name", .value = "NAME", .help = "the site's name; else this machine's", INTO(name)},
                 {.name = "release",
                  .value = "NAME",
                  .help = "else the newest one of seedctl release add, else " NEW_RELEASE,
                  INTO(release)},
                 {.name = "pki",
                  .value = "DIR",
                  .help = "the folder of seedctl init; else " PKI_FOLDER "/ beside FILE, or /etc/seedrack/" PKI_FOLDER,
                  INTO(pki)},
                 {.name = "pod-subnet", .value = "SUBNET", .help = "else 10.244.0.0/16", INTO(pod_subnet)},
                 {.name = "service-subnet", .value = "SUBNET", .help = "else 10.96.0.0/12", INTO(service_subnet)}}},
    {.name = "validate",
     .operands = "SITE",
     .help = "every error of a site document, one line each",
     .run = seedctl_validate},
    {.name = "plan",
     .operands = "SITE...",
     .help = "nodes, addresses, quorum and tolerance, warnings",
     .notes = "Several sites are compared with each other, too. --against says what an edit does to a cluster that "
              "lives with "
              "FILE: each\n"
              "key that differs and its class. free: at once. rolling: something restarts on running machines. reboot: "
              "when a "
              "machine starts.\n"
              "birth: for new clusters and machines alone. never: refused, exit status 1.\n",
     .run = seedctl_plan,
     .options = {{.name = "against",
                  .value = "FILE",
                  .help = "the site document with which the cluster lives",
                  INTO(against)}}},
    {.name = "role",
     .operands = "",
     .help = "the role document of one machine, composed offline",
     .run = seedctl_role,
     .options = {{.name = "site", .value = "SITE", .required = true, .help = "the site document", INTO(site)},
                 {.name = "mac", .value = "MAC", .required = true, .help = "the machine's MAC address", INTO(mac)},
                 {.name = "release",
                  .value = "FILE",
                  .help = "the release's description; else configs/releases/RELEASE.json",
                  INTO(release)},
                 {.name = "layers",
                  .value = "FILE",
                  .help = "the layers built for it; else build/layers/RELEASE.json, where it is",
                  INTO(layers)}}},
    {.name = "cmdline",
     .operands = "SITE",
     .help = "the kernel command line of one machine, or of a medium for any",
     .notes = "Without --mac: for a medium that serves any machine of the site. --table: what such a medium says of "
              "machines whose own link is a bond or VLAN, a line each.\n",
     .run = seedctl_cmdline,
     .options = {{.name = "mac", .value = "MAC", .help = "the machine's MAC address", INTO(mac)},
                 {.name = "table", .help = "bond and VLAN of each machine, by MAC", INTO(table)}}},
    {.name = "dnsmasq",
     .operands = "SITE",
     .help = "dnsmasq's configuration: addresses and network boot",
     .notes = "Mode dhcp: the segment's only DHCP server; the site's machines get their addresses.\n"
              "Mode proxy: boot files alone, beside another DHCP server.\n",
     .run = seedctl_dnsmasq,
     .options = {{.name = "mode", .value = "dhcp|proxy", .required = true, .help = "what it serves", INTO(mode)},
                 {.name = "interface",
                  .value = "NAME",
                  .help = "where it listens; else on the seed's address",
                  INTO(interface)},
                 {.name = "tftp",
                  .value = "DIR",
                  .help = "serve DIR (undionly.kpxe, snponly.efi) by TFTP, for firmware without HTTP",
                  INTO(tftp)}}},
    {.name = "status",
     .operands = "",
     .help = "what every machine does",
     .notes = "With --watch it succeeds when every machine is ready. Colours: on a terminal, unless NO_COLOR is set.\n",
     .asks_seed = true,
     .run = seedctl_status,
     .options = {{.name = "watch",
                  .help = "follow until every machine is ready: a table on a terminal, else a line a change",
                  INTO(watch)},
                 {.name = "timeout",
                  .value = "SECONDS",
                  .help = "with --watch: give up, exit 1, and say who waits for what",
                  INTO(timeout)},
                 JSON("the seed's own document; with --watch one a line, whenever it changed")}},
    {.name = "explain",
     .operands = "CODE|HOSTNAME",
     .help = "what a code means and what to do; what a machine waits for",
     .notes = "CODE is what stands in brackets on a machine's console and in its log, such as SR-DHCP-NONE: what it "
              "means, what\n"
              "causes it, what to do; no seed is asked. HOSTNAME is a machine's: what it waits for, whom that waits "
              "for, and so on, with\n"
              "the last failure and the remedy of each.\n",
     .asks_seed = true,
     .run = seedctl_explain,
     .options = {JSON("of a machine: the chain as a list"),
                 {.name = "list", .instead = true, .help = "every code, a line each", INTO(list)},
                 {.name = "page", .instead = true, .help = "docs/codes.md", INTO(page)}}},
    {.name = "logs",
     .operands = "HOSTNAME",
     .help = "what one machine said",
     .asks_seed = true,
     .run = seedctl_logs,
     .options = {{.name = "follow", .letter = 'f', .help = "go on until interrupted", INTO(follow)},
                 JSON("the seed's events, one a line")}},
    {.name = "timeline",
     .operands = "",
     .help = "seconds of each machine in each step",
     .notes = "Counted since the machine booted last; `ready` counts from the agent's start.\n",
     .asks_seed = true,
     .run = seedctl_timeline,
     .options = {JSON("[{\"hostname\", \"seconds\": {STEP: SECONDS}}]")}},
    {.name = "support-bundle",
     .operands = "FILE.tar.gz",
     .help = "write a file for somebody who helps, without secrets",
     .notes =
         "Puts record, machines, events, metrics, site document, audit log and versions into one file of mode "
         "0600, without\n"
         "passwords, keys, tokens and manifests. What is not available is left out, and the README in it says so.\n"
         "Look at it before you pass it on.\n",
     .asks_seed = true,
     .run = seedctl_support_bundle,
     .options = {{.name = "site", .value = "SITE", .help = "the site document", INTO(site)},
                 {.name = "state", .value = "DIR", .help = "the seed's state folder, for its audit log", INTO(state)}}},
    {.name = "approve",
     .operands = "HOSTNAME [FINGERPRINT]",
     .help = "let a waiting machine in, or end a dispute between two machines",
     .notes = "Ends a dispute between two machines with one MAC: the first one stays. Where the site has `enrol: "
              "approve`,\n"
              "FINGERPRINT is what the machine's console shows, and lets it in.\n",
     .asks_seed = true,
     .run = seedctl_approve},
    {.name = "deny",
     .operands = "HOSTNAME",
     .help = "a machine gets nothing until it is forgotten",
     .notes = "The machine that holds the claim gets neither role nor ticket, nor does another one with its MAC.\n",
     .asks_seed = true,
     .run = seedctl_deny},
    {.name = "forget",
     .operands = "HOSTNAME",
     .help = "drop the claim of a machine that was replaced",
     .notes = "The next machine with its MAC may then have the name.\n",
     .asks_seed = true,
     .run = seedctl_forget},
    {.name = "wipe-grant",
     .operands = "HOSTNAME SERIAL",
     .help = "let a machine wipe that disk, once",
     .notes = "SERIAL is the disk's serial number, which the machine's console shows; whatever lies on the disk goes. "
              "`disk` with\n"
              "`wipe` in the site document says the same.\n",
     .asks_seed = true,
     .run = seedctl_wipe_grant},
    {.name = "power",
     .operands = "on|off|cycle|status|pxe-once HOSTNAME",
     .help = "turn a machine on or off by its BMC or a magic packet, as `power` of its node says",
     .notes = "The seed's machine speaks to the BMC, with a secret that stays there (seedctl secret set). pxe-once: it "
              "boots from\n"
              "the network the next time. off and cycle cut the power: a member of the cluster is drained and rebooted "
              "by\n"
              "seedctl rollout start, and leaves it by seedctl retire.\n",
     .asks_seed = true,
     .run = seedctl_power,
     .options = {{.name = "force", .help = "off, cycle: your word that a member may be cut off", INTO(force)}}},
    {.name = "init",
     .operands = "SITE_DIR",
     .help = "the site's certificate authority, the seed's and the operator's certificates",
     .notes = "Makes SITE_DIR/" PKI_FOLDER "/: ca.crt and ca.key (keep that key off the seed), seed.crt and seed.key "
              "for\n"
              "seed-server --pki, operator.crt and operator.key for the operator's calls by TLS. Prints the line that "
              "goes into\n"
              "`network` of the site document: what images and machines know the authority by. What is there stays.\n"
              "--renew also prints `generation`: with it in `network`, older certificates count no more.\n",
     .run = seedctl_init,
     .options = {{.name = "renew",
                  .help = "new keys and certificates of seed and operator, of the next generation",
                  INTO(renew)},
                 {.name = "backup",
                  .help = "also the key that opens the cluster's backups, once: keep it off the seed",
                  INTO(backup)},
                 {.name = "address",
                  .value = "ADDRESS",
                  .help = "the seed's certificate is for this IPv4 address, too: for iPXE and firmware",
                  INTO(address)}}},
    {.name = "rearm",
     .operands = "SITE",
     .help = "let the next master make a new cluster, under a new epoch",
     .notes = "Forgets the cluster: the bootstrap record becomes empty under a new epoch. SITE is the site's name, "
              "typed out.\n"
              "Wipe the machines first: those that remember the old cluster are refused.\n",
     .asks_seed = true,
     .run = seedctl_rearm},
    {.name = "recover",
     .operands = "[CA_HASH]",
     .help = "a seed that lost its record adopts the cluster that lives",
     .notes = "For a seed whose state is lost and that has no backup: its record is in QUARANTINE. Each running master "
              "proves its\n"
              "cluster with the key of the cluster's CA. Without CA_HASH: shows what was proved. With it: that is this "
              "site's cluster.\n"
              "On a master: openssl x509 -pubkey -noout -in /etc/kubernetes/pki/ca.crt | openssl pkey -pubin -outform "
              "DER | sha256sum\n",
     .asks_seed = true,
     .run = seedctl_recover},
    {.name = "renew",
     .operands = "",
     .help = "new certificates of the masters, one master after the other",
     .notes = "Opens an order of the maintenance record. A master renews by itself when a third of the validity is "
              "left.\n",
     .asks_seed = true,
     .run = seedctl_renew,
     .options = {{.name = "single",
                  .help = "also with one or two masters: the API is away for some seconds",
                  INTO(single)}}},
    {.name = "rollout",
     .operands = "start|status|pause|resume|abort|force [HOSTNAME...]",
     .help = "machines reboot one after the other; which one is worked on, and whether the next one may be",
     .notes =
         "start: each HOSTNAME, or every machine, is drained and reboots into what the seed serves now: masters "
         "first, one at a\n"
         "time. status: what is done now, and to whom. pause: no other machine begins. resume: goes on, also after a "
         "halt; its machine\n"
         "tries again. abort: over when the machine in hand is back. force: your word that HOSTNAME's work is "
         "over, for a machine\n"
         "that will not say it any more.\n",
     .asks_seed = true,
     .run = seedctl_rollout,
     .options = {{.name = "single",
                  .help = "start: also with one or two masters: the API is away until it is back",
                  INTO(single)},
                 {.name = "lose-data",
                  .help = "resume: the data that the machine in hand has for itself may go",
                  INTO(lose_data)},
                 {.name = "off", .help = "resume: the machine in hand is off, and stays off", INTO(off)}}},
    {.name = "release",
     .operands = "list|add|remove [FILE|NAME]",
     .help = "the releases that the seed has; one more from a signed archive, or one less",
     .notes =
         "On the seed's machine. add: checks the signature of the archive FILE that `make release` made, puts its "
         "layers and boot\n"
         "files where the seed serves them, and makes the release known; nothing restarts. Where no seed runs, the one "
         "that starts\n"
         "there has it. remove: the release NAME, which neither the site nor the cluster nor an upgrade may name, and "
         "the layers that\n"
         "no other one has.\n",
     .asks_seed = true,
     .run = seedctl_release,
     .options =
         {{.name = "release-key",
           .value = "FILE",
           .help = "add: the public key of whoever made it; else share/seedrack/release.pub of /usr/local, or of /usr",
           INTO(release_key)},
          {.name = "boot", .help = "add: its boot files replace others", INTO(boot)}}},
    {.name = "upgrade",
     .operands = "",
     .help = "the cluster to the site's release, one machine after the other",
     .notes = "Add the release to the seed (seedctl release add) and name it in the site document first.\n"
              "Shows what will happen to whom, and asks. One minor version at a time. seedctl rollout shows the order, "
              "pauses it and ends it;\n"
              "one that was ended goes on with those that are left.\n",
     .asks_seed = true,
     .run = seedctl_upgrade,
     .options = {{.name = "yes", .help = "do not ask", INTO(yes)},
                 {.name = "single",
                  .help = "also with one or two masters: the API is away until it is back",
                  INTO(single)}}},
    {.name = "retire",
     .operands = "HOSTNAME...",
     .help = "machines leave the cluster for good, one after the other",
     .notes = "Its pods leave, its member of etcd and its Node are removed, its disk is wiped, and it powers off. "
              "Nothing with its "
              "key or MAC is\n"
              "let in again before seedctl approve HOSTNAME. Asks before data that only this machine has goes with it. "
              "Masters "
              "must be an odd\n"
              "number at the end. seedctl rollout shows the order, pauses it and ends it.\n",
     .asks_seed = true,
     .run = seedctl_retire,
     .options = {{.name = "keep-disk", .help = "their disks are not wiped", INTO(keep_disk)},
                 {.name = "lose-data",
                  .help = "do not ask: the data that they have for themselves may go",
                  INTO(lose_data)},
                 {.name = "off", .help = "the machine is off, and stays off", INTO(off)}}},
    {.name = "backup",
     .operands = "now|list",
     .help = "a backup of the cluster now; those that the seed has",
     .notes = "A master makes one by itself as often as `backup` of the site says. Each lies on the seed, in "
              "STATE/backups/NAME.age, and on\n"
              "the master that made it. Only the key of seedctl init --backup opens it: age --decrypt --identity "
              "backup.key NAME.age.\n",
     .asks_seed = true,
     .run = seedctl_backup},
    {.name = "secret",
     .operands = "set|list|remove [NAME]",
     .help = "what the site names and does not contain: keys and passwords",
     .notes =
         "set reads one line of standard input: seedctl secret set backup-s3 <FILE. The seed keeps it (0600), "
         "gives it to "
         "the machines\n"
         "whose role names it, by TLS, and shows it to nobody else; that of a BMC to no machine. It is in no log and "
         "no backup.\n",
     .asks_seed = true,
     .run = seedctl_secret},
    {.name = "restore",
     .operands = "ARCHIVE",
     .help = "the cluster from a backup, when no master is left",
     .notes =
         "Where the key of seedctl init --backup is. ARCHIVE is NAME.age of seedctl backup list, with the seed's note "
         "NAME.json beside it.\n"
         "The master that it is of, with an empty disk, gets it encrypted to a key of its own, and restores the "
         "cluster alone; the\n"
         "other masters join it as new machines, and workers stay. Also when the seed lost its record. What was "
         "interrupted goes on\n"
         "with the same command.\n",
     .asks_seed = true,
     .run = seedctl_restore,
     .options =
         {{.name = "key", .value = "FILE", .required = true, .help = "the key that opens it: backup.key", INTO(key)},
          {.name = "hash", .value = "HASH", .help = "your word for an archive whose note is lost", INTO(hash)},
          {.name = "fingerprint",
           .value = "FINGERPRINT",
           .help = "what the machine's console shows; else it is asked for",
           INTO(fingerprint)},
          {.name = "yes", .help = "do not ask: the seed's word says whose key it is", INTO(yes)}}},
    {.name = "verify",
     .operands = "",
     .help = "on a master: sockets, API server, Services, DNS, nodes, a new pod on each machine",
     .run = seedctl_verify,
     .options = {{.name = "role",
                  .value = "FILE",
                  .help = "the master's role document; else /var/lib/seedrack/role.json",
                  INTO(role)}}},
    {.name = "verify-audit",
     .operands = "FILE",
     .help = "whether the seed's audit log still says what was written",
     .notes = "FILE is audit.log of the seed's --state folder. Every line must follow from the one before it. A log "
              "that was cut\n"
              "off at its end still does: keep the hash that this prints elsewhere, and ask with --tip for it.\n",
     .run = seedctl_verify_audit,
     .options =
         {{.name = "tip", .value = "HASH", .help = "whether the entry with that hash is still in there", INTO(tip)}}},
    {.name = "completion",
     .operands = "bash|zsh|fish",
     .help = "what a shell needs to complete all of this",
     .notes = "bash: seedctl completion bash >/etc/bash_completion.d/seedctl\n"
              "zsh:  seedctl completion zsh >/usr/local/share/zsh/site-functions/_seedctl\n"
              "fish: seedctl completion fish >/etc/fish/completions/seedctl.fish\n",
     .run = seedctl_completion},
};
const size_t n_commands = sizeof(commands) / sizeof(commands[0]);

const struct command *commands_find(const char *name) {
    for (size_t i = 0; i < n_commands; i++)
        if (!strcmp(commands[i].name, name))
            return &commands[i];
    return NULL;
}
