/* A number that tells whether somebody has changed the firewall of a network namespace meanwhile. */
#ifndef BERTH_FIREWALL_H
#define BERTH_FIREWALL_H

#include "common.h"

/*
 * Of the caller's network namespace, in some 20 microseconds. The upper half is nf_tables' generation, which grows with
 * every change; the lower one the number of rules in the filter tables of the iptables before nf_tables, which has no
 * such thing. 0 when there is neither.
 */
uint64_t firewall_stamp(void);

#endif
