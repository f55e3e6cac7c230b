#include "redirect.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#define TABLE "berth_names"
#define CHAIN "output"
/* nft(8): the priority of dstnat. */
#define PRIORITY_DSTNAT (-100)
/* A kernel that does not answer at all must not hold up a start for ever. */
#define ANSWER_SECONDS 2

/* Five messages of fixed parts: about 1.5 KiB. */
struct batch {
	uint8_t bytes[4096];
	size_t size;
	uint32_t sequence;
	struct nlmsghdr *message;
};

static struct nlattr *tail(struct batch *batch)
{
	return (struct nlattr *)(batch->bytes + batch->size);
}

static void begin(struct batch *batch, uint16_t type, uint16_t flags, uint8_t family, uint16_t resource)
{
	struct nlmsghdr *header = (struct nlmsghdr *)(batch->bytes + batch->size);
	struct nfgenmsg *body = (struct nfgenmsg *)(header + 1);
	header->nlmsg_type = type;
	header->nlmsg_flags = NLM_F_REQUEST | flags;
	header->nlmsg_seq = ++batch->sequence;
	body->nfgen_family = family;
	body->version = NFNETLINK_V0;
	body->res_id = htons(resource);
	batch->message = header;
	batch->size += NLMSG_ALIGN(sizeof *header + sizeof *body);
}

static void end(struct batch *batch)
{
	batch->message->nlmsg_len = (uint32_t)(batch->bytes + batch->size - (uint8_t *)batch->message);
}

static struct nlattr *put(struct batch *batch, uint16_t type, const void *data, size_t size)
{
	struct nlattr *attribute = tail(batch);
	attribute->nla_type = type;
	attribute->nla_len = (uint16_t)(NLA_HDRLEN + size);
	if (size > 0)
		memcpy((uint8_t *)attribute + NLA_HDRLEN, data, size);
	batch->size += NLA_ALIGN(attribute->nla_len);
	return attribute;
}

static void put_text(struct batch *batch, uint16_t type, const char *text)
{
	put(batch, type, text, strlen(text) + 1);
}

static void put_u32(struct batch *batch, uint16_t type, uint32_t value)
{
	uint32_t network = htonl(value);
	put(batch, type, &network, sizeof network);
}

static struct nlattr *open_nest(struct batch *batch, uint16_t type)
{
	return put(batch, (uint16_t)(type | NLA_F_NESTED), NULL, 0);
}

static void close_nest(struct batch *batch, struct nlattr *nest)
{
	nest->nla_len = (uint16_t)((uint8_t *)tail(batch) - (uint8_t *)nest);
}

static void put_value(struct batch *batch, uint16_t type, const void *data, size_t size)
{
	struct nlattr *nest = open_nest(batch, type);
	put(batch, NFTA_DATA_VALUE, data, size);
	close_nest(batch, nest);
}

struct expression {
	struct nlattr *element, *data;
};

static struct expression open_expression(struct batch *batch, const char *name)
{
	struct expression expression = { .element = open_nest(batch, NFTA_LIST_ELEM) };
	put_text(batch, NFTA_EXPR_NAME, name);
	expression.data = open_nest(batch, NFTA_EXPR_DATA);
	return expression;
}

static void close_expression(struct batch *batch, struct expression expression)
{
	close_nest(batch, expression.data);
	close_nest(batch, expression.element);
}

static void load_payload(struct batch *batch, uint32_t base, uint32_t offset, uint32_t size)
{
	struct expression expression = open_expression(batch, "payload");
	put_u32(batch, NFTA_PAYLOAD_DREG, NFT_REG_1);
	put_u32(batch, NFTA_PAYLOAD_BASE, base);
	put_u32(batch, NFTA_PAYLOAD_OFFSET, offset);
	put_u32(batch, NFTA_PAYLOAD_LEN, size);
	close_expression(batch, expression);
}

static void load_protocol(struct batch *batch)
{
	struct expression expression = open_expression(batch, "meta");
	put_u32(batch, NFTA_META_KEY, NFT_META_L4PROTO);
	put_u32(batch, NFTA_META_DREG, NFT_REG_1);
	close_expression(batch, expression);
}

static void require(struct batch *batch, const void *value, size_t size)
{
	struct expression expression = open_expression(batch, "cmp");
	put_u32(batch, NFTA_CMP_SREG, NFT_REG_1);
	put_u32(batch, NFTA_CMP_OP, NFT_CMP_EQ);
	put_value(batch, NFTA_CMP_DATA, value, size);
	close_expression(batch, expression);
}

static void load_constant(struct batch *batch, uint32_t where, const void *value, size_t size)
{
	struct expression expression = open_expression(batch, "immediate");
	put_u32(batch, NFTA_IMMEDIATE_DREG, where);
	put_value(batch, NFTA_IMMEDIATE_DATA, value, size);
	close_expression(batch, expression);
}

/* ip daddr 127.0.0.11 meta l4proto PROTOCOL th dport 53 dnat to 127.0.0.11:PORT */
static void put_rule(struct batch *batch, uint8_t protocol, uint16_t port)
{
	static const uint8_t address[4] = { 127, 0, 0, 11 };
	uint16_t names = htons(53), target = htons(port);
	begin(batch, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND | NLM_F_ACK, NFPROTO_IPV4, 0);
	put_text(batch, NFTA_RULE_TABLE, TABLE);
	put_text(batch, NFTA_RULE_CHAIN, CHAIN);
	struct nlattr *list = open_nest(batch, NFTA_RULE_EXPRESSIONS);
	load_payload(batch, NFT_PAYLOAD_NETWORK_HEADER, 16, sizeof address);
	require(batch, address, sizeof address);
	load_protocol(batch);
	require(batch, &protocol, sizeof protocol);
	load_payload(batch, NFT_PAYLOAD_TRANSPORT_HEADER, 2, sizeof names);
	require(batch, &names, sizeof names);
	load_constant(batch, NFT_REG_1, address, sizeof address);
	load_constant(batch, NFT_REG_2, &target, sizeof target);
	struct expression nat = open_expression(batch, "nat");
	put_u32(batch, NFTA_NAT_TYPE, NFT_NAT_DNAT);
	put_u32(batch, NFTA_NAT_FAMILY, NFPROTO_IPV4);
	put_u32(batch, NFTA_NAT_REG_ADDR_MIN, NFT_REG_1);
	put_u32(batch, NFTA_NAT_REG_PROTO_MIN, NFT_REG_2);
	close_expression(batch, nat);
	close_nest(batch, list);
	end(batch);
}

static void put_chain(struct batch *batch)
{
	begin(batch, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWCHAIN, NLM_F_CREATE | NLM_F_ACK, NFPROTO_IPV4, 0);
	put_text(batch, NFTA_CHAIN_TABLE, TABLE);
	put_text(batch, NFTA_CHAIN_NAME, CHAIN);
	struct nlattr *hook = open_nest(batch, NFTA_CHAIN_HOOK);
	put_u32(batch, NFTA_HOOK_HOOKNUM, NF_INET_LOCAL_OUT);
	put_u32(batch, NFTA_HOOK_PRIORITY, (uint32_t)PRIORITY_DSTNAT);
	close_nest(batch, hook);
	put_text(batch, NFTA_CHAIN_TYPE, "nat");
	end(batch);
}

/* One acknowledgement for each message that asked for one, or the first error. */
static int take_answers(int fd, unsigned count)
{
	while (count > 0) {
		union {
			struct nlmsghdr header;
			char space[8192];
		} reply;
		ssize_t n = RETRY(recv(fd, &reply, sizeof reply, 0));
		if (n < 0)
			return -1;
		int left = (int)n;
		for (struct nlmsghdr *at = &reply.header; NLMSG_OK(at, left); at = NLMSG_NEXT(at, left)) {
			if (at->nlmsg_type != NLMSG_ERROR)
				continue;
			int code = ((struct nlmsgerr *)NLMSG_DATA(at))->error;
			if (code != 0) {
				errno = -code;
				return -1;
			}
			count--;
		}
	}
	return 0;
}

int redirect_names(uint16_t udp_port, uint16_t tcp_port)
{
	static _Alignas(8) struct batch batch;
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct timeval limit = { .tv_sec = ANSWER_SECONDS };
	autoclose int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) < 0)
		return -1;
	memset(&batch, 0, sizeof batch);
	begin(&batch, NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
	end(&batch);
	begin(&batch, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWTABLE, NLM_F_CREATE | NLM_F_ACK, NFPROTO_IPV4, 0);
	put_text(&batch, NFTA_TABLE_NAME, TABLE);
	end(&batch);
	put_chain(&batch);
	put_rule(&batch, IPPROTO_UDP, udp_port);
	put_rule(&batch, IPPROTO_TCP, tcp_port);
	begin(&batch, NFNL_MSG_BATCH_END, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
	end(&batch);
	if (RETRY(sendto(fd, batch.bytes, batch.size, 0, (struct sockaddr *)&kernel, sizeof kernel)) < 0)
		return -1;
	return take_answers(fd, 4);
}
