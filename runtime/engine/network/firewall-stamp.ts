/**
 * What the launcher tells of the firewall of the host (firewall.h): in the upper 32 bits the generation of nf_tables,
 * which grows with every change and may wrap, in the lower ones the number of rules that an older iptables has. 0n where
 * there is nothing to tell.
 */
export type FirewallStamp = bigint;

/**
 * Whether somebody has changed the firewall after our rules were asserted and before it was seen. What was seen earlier,
 * but told later, is no change: many starts are under way at any time.
 */
export function isChangedSince(asserted: FirewallStamp, seen: FirewallStamp): boolean {
  if (asserted === 0n || seen === 0n) return false;
  if (BigInt.asUintN(32, seen) !== BigInt.asUintN(32, asserted)) return true;
  return BigInt.asIntN(32, (seen >> 32n) - (asserted >> 32n)) > 0n;
}
