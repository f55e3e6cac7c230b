#include "firewall.h"

#include <arpa/inet.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netlink.h>
#include <sys/socket.h>

struct generation_request {
	struct nlmsghdr header;
	struct nfgenmsg body;
};

/* The value of NFTA_GEN_ID in an answer; 0 when it is something else. */
static uint32_t generation_in(const struct nlmsghdr *header, size_t size)
{
	if (size < NLMSG_LENGTH(sizeof(struct nfgenmsg)) || header->nlmsg_len > size ||
	    header->nlmsg_type != (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWGEN))
		return 0;
	const uint8_t *at = (const uint8_t *)header + NLMSG_LENGTH(sizeof(struct nfgenmsg));
	size_t left = header->nlmsg_len - NLMSG_LENGTH(sizeof(struct nfgenmsg));
	while (left >= sizeof(struct nlattr)) {
		struct nlattr attribute;
		uint32_t value;
		memcpy(&attribute, at, sizeof attribute);
		if (attribute.nla_len < sizeof attribute || attribute.nla_len > left)
			return 0;
		if (attribute.nla_type == NFTA_GEN_ID && attribute.nla_len == sizeof attribute + sizeof value) {
			memcpy(&value, at + sizeof attribute, sizeof value);
			return ntohl(value);
		}
		size_t step = NLA_ALIGN(attribute.nla_len);
		if (step >= left)
			return 0;
		at += step;
		left -= step;
	}
	return 0;
}

static uint32_t nf_tables_generation(void)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct generation_request request = {
		.header = { .nlmsg_len = sizeof request,
			    .nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETGEN,
			    .nlmsg_flags = NLM_F_REQUEST },
		.body = { .nfgen_family = AF_UNSPEC, .version = NFNETLINK_V0 },
	};
	union {
		struct nlmsghdr header;
		char space[1024];
	} reply;
	autoclose int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	if (fd < 0 || RETRY(sendto(fd, &request, sizeof request, 0, (struct sockaddr *)&kernel, sizeof kernel)) < 0)
		return 0;
	/* The kernel has answered when it took the request: an answer that is not there will not come. */
	ssize_t n = RETRY(recv(fd, &reply, sizeof reply, MSG_DONTWAIT));
	return n < (ssize_t)sizeof reply.header ? 0 : generation_in(&reply.header, (size_t)n);
}

/* Whether there is such a table: to ask the kernel for one that is not would make it. */
static bool has_filter_table(const char *names)
{
	char text[512];
	autoclose int fd = open(names, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : RETRY(read(fd, text, sizeof text - 1));
	if (n <= 0)
		return false;
	text[n] = '\0';
	return strstr(text, "filter\n") != NULL;
}

static uint16_t filter_rules(int family, int level, const char *names)
{
	/* That of IPv6 has the same form and option. */
	struct ipt_getinfo info = { .name = "filter" };
	socklen_t size = sizeof info;
	if (!has_filter_table(names))
		return 0;
	autoclose int fd = socket(family, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	if (fd < 0 || getsockopt(fd, level, IPT_SO_GET_INFO, &info, &size) < 0)
		return 0;
	return (uint16_t)info.num_entries;
}

uint64_t firewall_stamp(void)
{
	uint64_t rules4 = filter_rules(AF_INET, IPPROTO_IP, "/proc/thread-self/net/ip_tables_names");
	uint64_t rules6 = filter_rules(AF_INET6, IPPROTO_IPV6, "/proc/thread-self/net/ip6_tables_names");
	return (uint64_t)nf_tables_generation() << 32 | rules6 << 16 | rules4;
}
