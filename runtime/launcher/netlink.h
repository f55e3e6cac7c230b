/* The few rtnetlink requests that bridges and containers need (rtnetlink(7)). */
#ifndef BERTH_NETLINK_H
#define BERTH_NETLINK_H

#include "common.h"

struct netlink {
	int fd;
	uint32_t sequence;
};
struct mac_address {
	uint8_t bytes[6];
};
struct ip_prefix {
	int family; /* AF_INET or AF_INET6 */
	uint8_t bytes[16];
	uint8_t length;
};

/* The socket belongs to the network namespace the caller is in now, and stays there. */
int netlink_open(struct netlink *netlink, struct error *error);
bool parse_interface_name(const char *name);
int parse_prefix(const char *text, struct ip_prefix *prefix);
int parse_mac(const char *text, struct mac_address *mac);

/* Each returns 0, or -1 with errno as the kernel answered. */
int netlink_add_bridge(struct netlink *netlink, const char *name, uint32_t mtu, const struct mac_address *mac);
/* Bytes of a link's alias that we write and compare; the kernel takes 255. */
#define NETLINK_ALIAS_MAX 64
int netlink_set_alias(struct netlink *netlink, int index, const char *alias);
struct link_facts {
	char alias[NETLINK_ALIAS_MAX + 1]; /* '' for a link without one */
	bool is_bridge;
};
int netlink_get_link(struct netlink *netlink, int index, struct link_facts *facts);
/* Of the ports of a bridge that are isolated none reaches another (ip-link(8), bridge_slave). */
int netlink_isolate_port(struct netlink *netlink, const char *name);
int netlink_delete_link(struct netlink *netlink, int index);
/* Bridge-side end up and enslaved, the other end in the namespace: one request. */
int netlink_add_veth(struct netlink *netlink, const char *name, int bridge_index, uint32_t mtu, const char *peer,
		     const struct mac_address *peer_mac, int peer_namespace);
/* One more interface on the parent, in the namespace. `mac` is NULL for the parent's own (ipvlan). */
int netlink_add_macvlan(struct netlink *netlink, const char *name, int parent_index, uint32_t mode,
			const struct mac_address *mac, int namespace);
int netlink_add_ipvlan(struct netlink *netlink, const char *name, int parent_index, uint32_t mode, uint32_t flags,
		       int namespace);
/* What others can be on: a VLAN of the master, or (master_index 0) an interface without a link to anything. */
int netlink_add_parent(struct netlink *netlink, const char *name, int master_index, uint16_t vlan);
int netlink_set_up(struct netlink *netlink, int index);
int netlink_add_address(struct netlink *netlink, int index, const struct ip_prefix *prefix);
/* In the place of the one there was for that family. An unspecified gateway: by the interface itself. */
int netlink_set_default_route(struct netlink *netlink, int index, const struct ip_prefix *gateway);

#endif
