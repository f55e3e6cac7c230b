#include "network.h"

#include "netlink.h"
#include "sysctl.h"

#include <net/if.h>
#include <sched.h>
#include <sys/random.h>
#include <sys/socket.h>

/*
 * /proc/sys/net shows the namespace of whoever opens it. The host's own procfs is meant here: the caller has not yet
 * entered anything of a container but its network.
 */
static int set_net_sysctl(const char *name, const char *value)
{
	char path[160];
	snprintf(path, sizeof path, "/proc/sys/net/%s", name);
	return write_value_at(AT_FDCWD, path, value);
}

/* A neighbour could announce itself as router (CVE-2020-13401). A kernel without IPv6 has no such file. */
static int refuse_router_advertisements(const char *interface, struct error *error)
{
	char name[96];
	snprintf(name, sizeof name, "ipv6/conf/%.15s/accept_ra", interface);
	if (set_net_sysctl(name, "0") < 0 && errno != ENOENT)
		return fail(error, FAIL_INTERNAL, "refusing router advertisements on %.15s", interface);
	return 0;
}

/*
 * Without an address of that family an interface would give itself a link-local one, by which neighbours reach what was
 * meant to have none (CVE-2024-32473 was that of ipvlan). A kernel without IPv6 has no such file.
 */
static int refuse_ipv6(const char *interface, struct error *error)
{
	char name[96];
	snprintf(name, sizeof name, "ipv6/conf/%.15s/disable_ipv6", interface);
	if (set_net_sysctl(name, "1") < 0 && errno != ENOENT)
		return fail(error, FAIL_INTERNAL, "keeping IPv6 off %.15s", interface);
	return 0;
}

/*
 * A bridge without an address of its own takes the lowest of its ports', anew with each that comes or goes. Who had
 * learned the former one then does not reach its gateway until the kernel doubts what it learned, up to a minute later.
 */
static int choose_mac(struct mac_address *mac)
{
	if (getrandom(mac->bytes, sizeof mac->bytes, 0) != sizeof mac->bytes)
		return -1;
	/* Locally administered, and no group's (IEEE 802 8.2.2). */
	mac->bytes[0] = (uint8_t)((mac->bytes[0] | 2) & ~1);
	return 0;
}

int network_ensure_bridge(const char *name, const struct strings *addresses, uint32_t mtu, const char *alias,
			  struct error *error)
{
	autoclose int socket = -1;
	struct netlink netlink;
	struct mac_address mac;
	if (!parse_interface_name(name))
		return fail_plain(error, FAIL_INTERNAL, "not a name for a bridge: %.40s", name);
	if (choose_mac(&mac) < 0)
		return fail(error, FAIL_INTERNAL, "choosing an address for bridge %s", name);
	if (netlink_open(&netlink, error) < 0)
		return -1;
	socket = netlink.fd;
	bool made = netlink_add_bridge(&netlink, name, mtu, &mac) == 0;
	if (!made && errno != EEXIST)
		return fail(error, FAIL_INTERNAL, "making bridge %s", name);
	int index = (int)if_nametoindex(name);
	if (index == 0)
		return fail(error, FAIL_INTERNAL, "finding bridge %s", name);
	/* A name that a person chose could be that of the host's own interface. */
	struct link_facts facts = { 0 };
	if (!made && (netlink_get_link(&netlink, index, &facts) < 0 || !facts.is_bridge))
		return fail_plain(error, FAIL_INTERNAL, "interface %s is there already and is no bridge", name);
	if (made && *alias && netlink_set_alias(&netlink, index, alias) < 0)
		return fail(error, FAIL_INTERNAL, "marking bridge %s", name);
	/* A bridge of somebody else's may be the host's own way out, and have its routes from there. */
	bool ours = made || !strcmp(facts.alias, alias);
	if (ours && refuse_router_advertisements(name, error) < 0)
		return -1;
	bool ipv6 = false;
	for (uint32_t i = 0; i < addresses->count; i++) {
		struct ip_prefix prefix;
		if (parse_prefix(addresses->items[i], &prefix) < 0)
			return fail_plain(error, FAIL_INTERNAL, "not an address: %.60s", addresses->items[i]);
		if (netlink_add_address(&netlink, index, &prefix) < 0 && errno != EEXIST)
			return fail(error, FAIL_INTERNAL, "giving %.60s to %s", addresses->items[i], name);
		ipv6 |= prefix.family == AF_INET6;
	}
	if (netlink_set_up(&netlink, index) < 0)
		return fail(error, FAIL_INTERNAL, "bringing %s up", name);
	if (set_net_sysctl("ipv4/ip_forward", "1") < 0 || (ipv6 && set_net_sysctl("ipv6/conf/all/forwarding", "1") < 0))
		return fail(error, FAIL_INTERNAL, "switching forwarding on");
	return 0;
}

int network_ensure_parent(const char *name, const char *master, uint32_t vlan, const char *alias, struct error *error)
{
	struct netlink netlink;
	if (!parse_interface_name(name) || (*master && !parse_interface_name(master)))
		return fail_plain(error, FAIL_INTERNAL, "not a name for an interface: %.40s", name);
	int master_index = *master ? (int)if_nametoindex(master) : 0;
	if (*master && master_index == 0)
		return fail(error, FAIL_INTERNAL, "finding %s", master);
	if (netlink_open(&netlink, error) < 0)
		return -1;
	autoclose int socket = netlink.fd;
	(void)socket;
	if (netlink_add_parent(&netlink, name, master_index, (uint16_t)vlan) < 0)
		return errno == EEXIST ? 0 : fail(error, FAIL_INTERNAL, "making interface %s", name);
	int index = (int)if_nametoindex(name);
	if (index == 0 || netlink_set_alias(&netlink, index, alias) < 0)
		return fail(error, FAIL_INTERNAL, "marking interface %s", name);
	return netlink_set_up(&netlink, index) < 0 ? fail(error, FAIL_INTERNAL, "bringing %s up", name) : 0;
}

static bool is_listed(const struct strings *list, const char *name)
{
	for (uint32_t i = 0; i < list->count; i++)
		if (!strcmp(list->items[i], name))
			return true;
	return false;
}

int network_sweep_bridges(const char *alias, const char *only, const struct strings *keep, struct error *error)
{
	struct netlink netlink;
	int result = 0;
	if (!*alias)
		return fail_plain(error, FAIL_INTERNAL, "no mark to know bridges by");
	if (netlink_open(&netlink, error) < 0)
		return -1;
	autoclose int socket = netlink.fd;
	(void)socket;
	struct if_nameindex *links = if_nameindex();
	if (!links)
		return fail(error, FAIL_INTERNAL, "listing interfaces");
	for (struct if_nameindex *link = links; result == 0 && link->if_index != 0; link++) {
		struct link_facts facts;
		if ((only && strcmp(only, link->if_name)) || is_listed(keep, link->if_name))
			continue;
		/* One that is gone meanwhile is none to remove. */
		if (netlink_get_link(&netlink, (int)link->if_index, &facts) < 0 || strcmp(facts.alias, alias))
			continue;
		if (netlink_delete_link(&netlink, (int)link->if_index) < 0 && errno != ENODEV)
			result = fail(error, FAIL_INTERNAL, "removing interface %.15s", link->if_name);
	}
	if_freenameindex(links);
	return result;
}

int network_remove_interface(const char *name, struct error *error)
{
	struct netlink netlink;
	int index = parse_interface_name(name) ? (int)if_nametoindex(name) : 0;
	if (index == 0)
		return 0;
	if (netlink_open(&netlink, error) < 0)
		return -1;
	autoclose int socket = netlink.fd;
	(void)socket;
	return netlink_delete_link(&netlink, index) < 0 && errno != ENODEV
		       ? fail(error, FAIL_INTERNAL, "removing interface %s", name)
		       : 0;
}

int network_loopback_up(struct error *error)
{
	struct netlink netlink;
	if (netlink_open(&netlink, error) < 0)
		return -1;
	autoclose int socket = netlink.fd;
	(void)socket;
	/* Index 1 in every network namespace. */
	return netlink_set_up(&netlink, 1) < 0 ? fail(error, FAIL_INTERNAL, "bringing lo up") : 0;
}

static int set_routes(struct netlink *netlink, int index, const struct strings *gateways, struct error *error)
{
	for (uint32_t i = 0; i < gateways->count; i++) {
		struct ip_prefix gateway;
		if (parse_prefix(gateways->items[i], &gateway) < 0)
			return fail_plain(error, FAIL_INTERNAL, "not a gateway: %.60s", gateways->items[i]);
		if (netlink_set_default_route(netlink, index, &gateway) < 0)
			return fail(error, FAIL_INTERNAL, "routing by %.60s", gateways->items[i]);
	}
	return 0;
}

/* As the host's procfs is meant by `set_net_sysctl`. */
static int set_endpoint_sysctls(const struct sysctls *sysctls, struct error *error)
{
	if (sysctls->count == 0)
		return 0;
	autoclose int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return write_sysctls(proc, sysctls, error);
}

struct wiring {
	struct netlink outside; /* where the bridges are */
	struct netlink inside;
	int namespace;
};

static int add_link(struct netlink *outside, const struct endpoint_step *step, int host_index, int namespace,
		    struct error *error)
{
	struct mac_address mac;
	if (!parse_interface_name(step->interface_name) ||
	    (step->kind == LINK_VETH && !parse_interface_name(step->host_interface_name)) ||
	    (step->kind != LINK_IPVLAN && parse_mac(step->mac_address, &mac) < 0))
		return fail_plain(error, FAIL_INTERNAL, "the endpoint on %.15s is malformed", step->bridge);
	int made = -1;
	switch (step->kind) {
	case LINK_VETH:
		made = netlink_add_veth(outside, step->host_interface_name, host_index, step->mtu,
					step->interface_name, &mac, namespace);
		break;
	case LINK_MACVLAN:
		made = netlink_add_macvlan(outside, step->interface_name, host_index, step->link_mode, &mac, namespace);
		break;
	case LINK_IPVLAN:
		made = netlink_add_ipvlan(outside, step->interface_name, host_index, step->link_mode,
					  step->link_flags, namespace);
		break;
	}
	if (made < 0)
		return fail(error, FAIL_INTERNAL, "connecting %s to %s", step->interface_name, step->bridge);
	if (step->kind == LINK_VETH && step->isolated &&
	    netlink_isolate_port(outside, step->host_interface_name) < 0)
		return fail(error, FAIL_INTERNAL, "isolating %s on %s", step->interface_name, step->bridge);
	return 0;
}

/*
 * The kernel takes the interface of a run that is over off the parent when it comes to it, up to some seconds later; until
 * then it has the address that was asked for. In tries of 20 ms.
 */
#define TAKEN_TRIES 250

static int bring_up(struct netlink *netlink, int index)
{
	for (int tries = 0; netlink_set_up(netlink, index) < 0; tries++) {
		if ((errno != EBUSY && errno != EADDRINUSE) || tries == TAKEN_TRIES)
			return -1;
		usleep(20000);
	}
	return 0;
}

static int attach(const struct wiring *wiring, const struct endpoint_step *step, int bridge, struct error *error)
{
	struct netlink outside = wiring->outside, inside = wiring->inside;
	if (add_link(&outside, step, bridge, wiring->namespace, error) < 0)
		return -1;
	int index = (int)if_nametoindex(step->interface_name);
	if (index == 0)
		return fail(error, FAIL_INTERNAL, "finding %s", step->interface_name);
	if (refuse_router_advertisements(step->interface_name, error) < 0)
		return -1;
	bool ipv6 = false;
	for (uint32_t i = 0; i < step->addresses.count; i++) {
		struct ip_prefix prefix;
		if (parse_prefix(step->addresses.items[i], &prefix) < 0)
			return fail_plain(error, FAIL_INTERNAL, "not an address: %.60s", step->addresses.items[i]);
		if (netlink_add_address(&inside, index, &prefix) < 0)
			return fail(error, FAIL_INTERNAL, "giving %.60s to %s", step->addresses.items[i],
				    step->interface_name);
		ipv6 |= prefix.family == AF_INET6;
	}
	if (!ipv6 && refuse_ipv6(step->interface_name, error) < 0)
		return -1;
	/* Before it is up, so that it is never seen without them; one may take the IPv6 addresses away. */
	if (set_endpoint_sysctls(&step->sysctls, error) < 0)
		return -1;
	if (bring_up(&inside, index) < 0)
		return fail(error, FAIL_INTERNAL, "bringing %s up", step->interface_name);
	return set_routes(&inside, index, &step->gateways, error);
}

static int find_bridges(const struct launch_plan *plan, int *indexes, struct error *error)
{
	for (uint32_t i = 0; i < plan->endpoint_count; i++) {
		indexes[i] = (int)if_nametoindex(plan->endpoints[i].bridge);
		if (indexes[i] == 0)
			return fail(error, FAIL_INTERNAL, "finding interface %.15s", plan->endpoints[i].bridge);
	}
	return 0;
}

static int enter_new(const struct launch_plan *plan, struct error *error)
{
	autofree int *bridges = calloc(plan->endpoint_count + 1, sizeof *bridges);
	autoclose int outside = -1, inside = -1, namespace = -1;
	struct wiring wiring;
	if (!bridges)
		return fail(error, FAIL_INTERNAL, "memory for a network");
	if (find_bridges(plan, bridges, error) < 0 || netlink_open(&wiring.outside, error) < 0)
		return -1;
	outside = wiring.outside.fd;
	if (unshare(CLONE_NEWNET) < 0)
		return fail(error, FAIL_INTERNAL, "making a network namespace");
	wiring.namespace = namespace = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (namespace < 0)
		return fail(error, FAIL_INTERNAL, "opening the network namespace");
	if (netlink_open(&wiring.inside, error) < 0)
		return -1;
	inside = wiring.inside.fd;
	if (netlink_set_up(&wiring.inside, 1) < 0)
		return fail(error, FAIL_INTERNAL, "bringing lo up");
	for (uint32_t i = 0; i < plan->endpoint_count; i++)
		if (attach(&wiring, &plan->endpoints[i], bridges[i], error) < 0)
			return -1;
	(void)outside;
	(void)inside;
	return 0;
}

int network_connect(int process, const struct endpoint_step *step, struct error *error)
{
	autoclose int outside = -1, inside = -1, namespace = -1;
	struct wiring wiring;
	int bridge = (int)if_nametoindex(step->bridge);
	if (bridge == 0)
		return fail(error, FAIL_INTERNAL, "finding interface %.15s", step->bridge);
	if (netlink_open(&wiring.outside, error) < 0)
		return -1;
	outside = wiring.outside.fd;
	if (setns(process, CLONE_NEWNET) < 0)
		return fail(error, FAIL_INTERNAL, "entering a network namespace");
	wiring.namespace = namespace = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (namespace < 0)
		return fail(error, FAIL_INTERNAL, "opening the network namespace");
	if (netlink_open(&wiring.inside, error) < 0)
		return -1;
	inside = wiring.inside.fd;
	/* Known before anything is made: what is taken down after a failure must be our own. */
	if (if_nametoindex(step->interface_name) != 0) {
		errno = EEXIST;
		return fail(error, FAIL_INTERNAL, "connecting %.15s to %.15s", step->interface_name, step->bridge);
	}
	if (attach(&wiring, step, bridge, error) == 0)
		return 0;
	/* Nothing half made stays: the pair goes with either end. */
	int index = (int)if_nametoindex(step->interface_name);
	if (index != 0)
		netlink_delete_link(&wiring.inside, index);
	(void)outside;
	(void)inside;
	return -1;
}

int network_disconnect(int process, const char *name, const char *route_name, const struct strings *gateways,
		       struct error *error)
{
	struct netlink netlink;
	if (!parse_interface_name(name) || (*route_name && !parse_interface_name(route_name)))
		return fail_plain(error, FAIL_INTERNAL, "not a name for an interface: %.40s", name);
	if (setns(process, CLONE_NEWNET) < 0)
		return fail(error, FAIL_INTERNAL, "entering a network namespace");
	if (netlink_open(&netlink, error) < 0)
		return -1;
	autoclose int socket = netlink.fd;
	(void)socket;
	int index = (int)if_nametoindex(name);
	if (index != 0 && netlink_delete_link(&netlink, index) < 0 && errno != ENODEV)
		return fail(error, FAIL_INTERNAL, "removing %s", name);
	if (!*route_name)
		return 0;
	index = (int)if_nametoindex(route_name);
	return index == 0 ? fail(error, FAIL_INTERNAL, "finding %s", route_name)
			  : set_routes(&netlink, index, gateways, error);
}

int network_enter(const struct launch_plan *plan, struct error *error)
{
	switch (plan->network.kind) {
	case NAMESPACE_HOST:
		return 0;
	case NAMESPACE_NEW:
		return enter_new(plan, error);
	case NAMESPACE_PROCESS:
		break;
	}
	autoclose int pidfd = open_process(plan->network.pid, plan->network.start_time, error);
	if (pidfd < 0)
		return -1;
	return setns(pidfd, CLONE_NEWNET) < 0 ? fail(error, FAIL_INTERNAL, "joining a network namespace") : 0;
}
