#include "netlink.h"

#include <arpa/inet.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sys/socket.h>

struct request_buffer {
	struct nlmsghdr header;
	uint8_t space[1024];
};

int netlink_open(struct netlink *netlink, struct error *error)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	netlink->sequence = 0;
	netlink->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (netlink->fd < 0 || bind(netlink->fd, (struct sockaddr *)&address, sizeof address) < 0)
		return fail(error, FAIL_INTERNAL, "opening a netlink socket");
	return 0;
}

bool parse_interface_name(const char *name)
{
	size_t size = strlen(name);
	return size > 0 && size < IFNAMSIZ && strcmp(name, ".") && strcmp(name, "..") && !strpbrk(name, "/: \t\n");
}

int parse_prefix(const char *text, struct ip_prefix *prefix)
{
	char copy[64];
	if ((size_t)snprintf(copy, sizeof copy, "%s", text) >= sizeof copy)
		return -1;
	char *slash = strchr(copy, '/');
	if (slash)
		*slash++ = '\0';
	prefix->family = strchr(copy, ':') ? AF_INET6 : AF_INET;
	if (inet_pton(prefix->family, copy, prefix->bytes) != 1)
		return -1;
	unsigned most = prefix->family == AF_INET ? 32 : 128;
	prefix->length = (uint8_t)most;
	if (!slash)
		return 0;
	char *end;
	unsigned long length = strtoul(slash, &end, 10);
	if (end == slash || *end || slash[0] < '0' || slash[0] > '9' || length > most)
		return -1;
	prefix->length = (uint8_t)length;
	return 0;
}

int parse_mac(const char *text, struct mac_address *mac)
{
	for (int i = 0; i < 6; i++, text += 2) {
		char pair[3] = { text[0], text[0] ? text[1] : '\0', '\0' };
		if (strspn(pair, "0123456789abcdefABCDEF") != 2)
			return -1;
		mac->bytes[i] = (uint8_t)strtoul(pair, NULL, 16);
		if (i < 5 && *(text++ + 2) != ':')
			return -1;
	}
	return *text ? -1 : 0;
}

static void start(struct request_buffer *buffer, uint16_t type, uint16_t flags, const void *body, size_t size)
{
	memset(buffer, 0, sizeof *buffer);
	buffer->header.nlmsg_type = type;
	buffer->header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	buffer->header.nlmsg_len = (uint32_t)NLMSG_LENGTH(size);
	memcpy(NLMSG_DATA(&buffer->header), body, size);
}

static struct rtattr *tail(struct request_buffer *buffer)
{
	return (struct rtattr *)((char *)buffer + NLMSG_ALIGN(buffer->header.nlmsg_len));
}

/* Every request is of fixed parts and names under 16 bytes: 1 KiB holds the largest twice over. */
static struct rtattr *put(struct request_buffer *buffer, uint16_t type, const void *data, size_t size)
{
	struct rtattr *attribute = tail(buffer);
	attribute->rta_type = type;
	attribute->rta_len = (uint16_t)RTA_LENGTH(size);
	if (size > 0)
		memcpy(RTA_DATA(attribute), data, size);
	buffer->header.nlmsg_len = NLMSG_ALIGN(buffer->header.nlmsg_len) + (uint32_t)RTA_ALIGN(attribute->rta_len);
	return attribute;
}

static void put_u32(struct request_buffer *buffer, uint16_t type, uint32_t value)
{
	put(buffer, type, &value, sizeof value);
}

static void put_string(struct request_buffer *buffer, uint16_t type, const char *text)
{
	put(buffer, type, text, strlen(text) + 1);
}

static void close_nest(struct request_buffer *buffer, struct rtattr *nest)
{
	nest->rta_len = (uint16_t)((char *)tail(buffer) - (char *)nest);
}

static int talk(struct netlink *netlink, struct request_buffer *buffer)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	buffer->header.nlmsg_seq = ++netlink->sequence;
	if (RETRY(sendto(netlink->fd, buffer, buffer->header.nlmsg_len, 0, (struct sockaddr *)&kernel, sizeof kernel)) < 0)
		return -1;
	for (;;) {
		union {
			struct nlmsghdr header;
			char space[4096];
		} reply;
		ssize_t n = RETRY(recv(netlink->fd, &reply, sizeof reply, 0));
		if (n < 0)
			return -1;
		int left = (int)n;
		for (struct nlmsghdr *at = &reply.header; NLMSG_OK(at, left); at = NLMSG_NEXT(at, left)) {
			if (at->nlmsg_type != NLMSG_ERROR || at->nlmsg_seq != netlink->sequence)
				continue;
			int code = ((struct nlmsgerr *)NLMSG_DATA(at))->error;
			errno = -code;
			return code == 0 ? 0 : -1;
		}
	}
}

int netlink_add_bridge(struct netlink *netlink, const char *name, uint32_t mtu, const struct mac_address *mac)
{
	struct request_buffer buffer;
	struct ifinfomsg info = { .ifi_family = AF_UNSPEC };
	start(&buffer, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &info, sizeof info);
	put_string(&buffer, IFLA_IFNAME, name);
	put(&buffer, IFLA_ADDRESS, mac->bytes, sizeof mac->bytes);
	if (mtu > 0)
		put_u32(&buffer, IFLA_MTU, mtu);
	struct rtattr *link = put(&buffer, IFLA_LINKINFO, NULL, 0);
	put_string(&buffer, IFLA_INFO_KIND, "bridge");
	close_nest(&buffer, link);
	return talk(netlink, &buffer);
}

int netlink_set_alias(struct netlink *netlink, int index, const char *alias)
{
	struct request_buffer buffer;
	struct ifinfomsg info = { .ifi_family = AF_UNSPEC, .ifi_index = index };
	if (strlen(alias) > NETLINK_ALIAS_MAX) {
		errno = EINVAL;
		return -1;
	}
	start(&buffer, RTM_SETLINK, 0, &info, sizeof info);
	put(&buffer, IFLA_IFALIAS, alias, strlen(alias));
	return talk(netlink, &buffer);
}

static void read_kind(const struct rtattr *link, struct link_facts *facts)
{
	const struct rtattr *attribute = RTA_DATA(link);
	size_t left = RTA_PAYLOAD(link);
	for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left))
		if (attribute->rta_type == IFLA_INFO_KIND && RTA_PAYLOAD(attribute) >= sizeof "bridge")
			facts->is_bridge = !memcmp(RTA_DATA(attribute), "bridge", sizeof "bridge");
}

int netlink_get_link(struct netlink *netlink, int index, struct link_facts *facts)
{
	struct request_buffer buffer;
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct ifinfomsg info = { .ifi_family = AF_UNSPEC, .ifi_index = index };
	memset(facts, 0, sizeof *facts);
	start(&buffer, RTM_GETLINK, 0, &info, sizeof info);
	/* The link itself is the answer; an acknowledgement would follow it and be taken for the next one's. */
	buffer.header.nlmsg_flags = NLM_F_REQUEST;
	buffer.header.nlmsg_seq = ++netlink->sequence;
	if (RETRY(sendto(netlink->fd, &buffer, buffer.header.nlmsg_len, 0, (struct sockaddr *)&kernel, sizeof kernel)) < 0)
		return -1;
	/* A link with all its statistics and per-family parts takes 2 to 4 KiB. */
	static union {
		struct nlmsghdr header;
		char space[32768];
	} reply;
	ssize_t n = RETRY(recv(netlink->fd, &reply, sizeof reply, 0));
	if (n < 0 || !NLMSG_OK(&reply.header, (size_t)n) || reply.header.nlmsg_type != RTM_NEWLINK ||
	    reply.header.nlmsg_len < NLMSG_LENGTH(sizeof info)) {
		errno = n < 0 ? errno : ENODEV;
		return -1;
	}
	struct rtattr *attribute = IFLA_RTA(NLMSG_DATA(&reply.header));
	size_t left = reply.header.nlmsg_len - NLMSG_LENGTH(sizeof info);
	for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
		if (attribute->rta_type == IFLA_LINKINFO)
			read_kind(attribute, facts);
		if (attribute->rta_type != IFLA_IFALIAS)
			continue;
		size_t size = strnlen(RTA_DATA(attribute), RTA_PAYLOAD(attribute));
		if (size > NETLINK_ALIAS_MAX)
			size = NETLINK_ALIAS_MAX;
		memcpy(facts->alias, RTA_DATA(attribute), size);
		facts->alias[size] = '\0';
	}
	return 0;
}

int netlink_isolate_port(struct netlink *netlink, const char *name)
{
	struct request_buffer buffer;
	struct ifinfomsg info = { .ifi_family = AF_UNSPEC };
	uint8_t on = 1;
	start(&buffer, RTM_NEWLINK, 0, &info, sizeof info);
	put_string(&buffer, IFLA_IFNAME, name);
	struct rtattr *link = put(&buffer, IFLA_LINKINFO, NULL, 0);
	put_string(&buffer, IFLA_INFO_SLAVE_KIND, "bridge");
	struct rtattr *data = put(&buffer, IFLA_INFO_SLAVE_DATA, NULL, 0);
	put(&buffer, IFLA_BRPORT_ISOLATED, &on, sizeof on);
	close_nest(&buffer, data);
	close_nest(&buffer, link);
	return talk(netlink, &buffer);
}

int netlink_delete_link(struct netlink *netlink, int index)
{
	struct request_buffer buffer;
	struct ifinfomsg info = { .ifi_family = AF_UNSPEC, .ifi_index = index };
	start(&buffer, RTM_DELLINK, 0, &info, sizeof info);
	return talk(netlink, &buffer);
}

/*
 * By default each end gets as many queues either way as the machine could have processors, each with rings of its own to
 * make. They are used by XDP and by GRO on the pair only; what is sent otherwise goes by the processor that sends it.
 */
static void put_one_queue(struct request_buffer *buffer)
{
	put_u32(buffer, IFLA_NUM_TX_QUEUES, 1);
	put_u32(buffer, IFLA_NUM_RX_QUEUES, 1);
}

int netlink_add_veth(struct netlink *netlink, const char *name, int bridge_index, uint32_t mtu, const char *peer,
		     const struct mac_address *peer_mac, int peer_namespace)
{
	struct request_buffer buffer;
	struct ifinfomsg info = { .ifi_family = AF_UNSPEC, .ifi_flags = IFF_UP, .ifi_change = IFF_UP };
	start(&buffer, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &info, sizeof info);
	put_string(&buffer, IFLA_IFNAME, name);
	put_u32(&buffer, IFLA_MASTER, (uint32_t)bridge_index);
	if (mtu > 0)
		put_u32(&buffer, IFLA_MTU, mtu);
	put_one_queue(&buffer);
	struct rtattr *link = put(&buffer, IFLA_LINKINFO, NULL, 0);
	put_string(&buffer, IFLA_INFO_KIND, "veth");
	struct rtattr *data = put(&buffer, IFLA_INFO_DATA, NULL, 0);
	struct ifinfomsg other = { .ifi_family = AF_UNSPEC };
	struct rtattr *nest = put(&buffer, VETH_INFO_PEER, &other, sizeof other);
	put_string(&buffer, IFLA_IFNAME, peer);
	put(&buffer, IFLA_ADDRESS, peer_mac->bytes, sizeof peer_mac->bytes);
	if (mtu > 0)
		put_u32(&buffer, IFLA_MTU, mtu);
	put_one_queue(&buffer);
	put_u32(&buffer, IFLA_NET_NS_FD, (uint32_t)peer_namespace);
	close_nest(&buffer, nest);
	close_nest(&buffer, data);
	close_nest(&buffer, link);
	return talk(netlink, &buffer);
}

/* Begins a request for one more interface of that kind on the parent; its data are to follow, and two nests to close. */
static struct rtattr *start_on_parent(struct request_buffer *buffer, const char *name, int parent_index, int namespace,
				      const char *kind, const struct mac_address *mac, struct rtattr **link)
{
	struct ifinfomsg info = { .ifi_family = AF_UNSPEC };
	start(buffer, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &info, sizeof info);
	put_string(buffer, IFLA_IFNAME, name);
	if (parent_index > 0)
		put_u32(buffer, IFLA_LINK, (uint32_t)parent_index);
	if (namespace >= 0)
		put_u32(buffer, IFLA_NET_NS_FD, (uint32_t)namespace);
	if (mac)
		put(buffer, IFLA_ADDRESS, mac->bytes, sizeof mac->bytes);
	*link = put(buffer, IFLA_LINKINFO, NULL, 0);
	put_string(buffer, IFLA_INFO_KIND, kind);
	return put(buffer, IFLA_INFO_DATA, NULL, 0);
}

int netlink_add_macvlan(struct netlink *netlink, const char *name, int parent_index, uint32_t mode,
			const struct mac_address *mac, int namespace)
{
	struct request_buffer buffer;
	struct rtattr *link, *data = start_on_parent(&buffer, name, parent_index, namespace, "macvlan", mac, &link);
	put_u32(&buffer, IFLA_MACVLAN_MODE, mode);
	close_nest(&buffer, data);
	close_nest(&buffer, link);
	return talk(netlink, &buffer);
}

int netlink_add_ipvlan(struct netlink *netlink, const char *name, int parent_index, uint32_t mode, uint32_t flags,
		       int namespace)
{
	struct request_buffer buffer;
	uint16_t words[2] = { (uint16_t)mode, (uint16_t)flags };
	struct rtattr *link, *data = start_on_parent(&buffer, name, parent_index, namespace, "ipvlan", NULL, &link);
	put(&buffer, IFLA_IPVLAN_MODE, &words[0], sizeof words[0]);
	put(&buffer, IFLA_IPVLAN_FLAGS, &words[1], sizeof words[1]);
	close_nest(&buffer, data);
	close_nest(&buffer, link);
	return talk(netlink, &buffer);
}

int netlink_add_parent(struct netlink *netlink, const char *name, int master_index, uint16_t vlan)
{
	struct request_buffer buffer;
	const char *kind = master_index > 0 ? "vlan" : "dummy";
	struct rtattr *link, *data = start_on_parent(&buffer, name, master_index, -1, kind, NULL, &link);
	if (master_index > 0)
		put(&buffer, IFLA_VLAN_ID, &vlan, sizeof vlan);
	close_nest(&buffer, data);
	close_nest(&buffer, link);
	return talk(netlink, &buffer);
}

int netlink_set_up(struct netlink *netlink, int index)
{
	struct request_buffer buffer;
	struct ifinfomsg info = { .ifi_family = AF_UNSPEC, .ifi_index = index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP };
	start(&buffer, RTM_NEWLINK, 0, &info, sizeof info);
	return talk(netlink, &buffer);
}

static size_t address_size(const struct ip_prefix *prefix)
{
	return prefix->family == AF_INET ? 4 : 16;
}

int netlink_add_address(struct netlink *netlink, int index, const struct ip_prefix *prefix)
{
	struct request_buffer buffer;
	struct ifaddrmsg info = {
		.ifa_family = (uint8_t)prefix->family,
		.ifa_prefixlen = prefix->length,
		/* The engine hands out each address once: waiting a second for a duplicate would hold up every start. */
		.ifa_flags = prefix->family == AF_INET6 ? IFA_F_NODAD : 0,
		.ifa_index = (uint32_t)index,
	};
	start(&buffer, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, &info, sizeof info);
	put(&buffer, IFA_LOCAL, prefix->bytes, address_size(prefix));
	put(&buffer, IFA_ADDRESS, prefix->bytes, address_size(prefix));
	if (prefix->family == AF_INET && prefix->length < 31) {
		uint32_t address, mask = htonl(prefix->length ? ~0u << (32 - prefix->length) : 0);
		memcpy(&address, prefix->bytes, sizeof address);
		put_u32(&buffer, IFA_BROADCAST, address | ~mask);
	}
	return talk(netlink, &buffer);
}

int netlink_set_default_route(struct netlink *netlink, int index, const struct ip_prefix *gateway)
{
	struct request_buffer buffer;
	static const uint8_t nowhere[16];
	bool by_link = !memcmp(gateway->bytes, nowhere, address_size(gateway));
	struct rtmsg info = {
		.rtm_family = (uint8_t)gateway->family,
		.rtm_table = RT_TABLE_MAIN,
		.rtm_protocol = RTPROT_BOOT,
		.rtm_scope = by_link ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
		.rtm_type = RTN_UNICAST,
	};
	start(&buffer, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, &info, sizeof info);
	if (!by_link)
		put(&buffer, RTA_GATEWAY, gateway->bytes, address_size(gateway));
	put_u32(&buffer, RTA_OIF, (uint32_t)index);
	return talk(netlink, &buffer);
}
