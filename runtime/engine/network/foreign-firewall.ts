/**
 * Other programs' firewalls: a packet that our own table lets pass is dropped nonetheless where dockerd or ufw have set
 * the policy of iptables' FORWARD chain to DROP, as a drop is final in whichever table it is said. There our bridges get
 * two rules each, which can be plain accepts: what must not pass, our own table has dropped before. They bear a
 * comment, by which those of networks that are gone are known.
 */

/** Words of the iptables commands that bring the chain from what `iptables -S FORWARD` says to what is needed. */
export function forwardChanges(listing: string, mark: string, interfaces: readonly string[]): string[][] {
  const lines = listing.split('\n').map((line) => line.trim());
  const drops = lines.includes('-P FORWARD DROP');
  const wanted = new Set(drops ? interfaces.flatMap((name) => [`-i ${name}`, `-o ${name}`]) : []);
  const changes: string[][] = [];
  for (const line of lines) {
    const found = /^-A FORWARD (-[io] \S+) -m comment --comment "?([^\s"]+)"? -j ACCEPT$/.exec(line);
    if (found?.[1] === undefined || found[2] !== mark) continue;
    if (!wanted.delete(found[1])) changes.push(['-D', 'FORWARD', ...accept(found[1], mark)]);
  }
  return [...changes, ...[...wanted].map((match) => ['-I', 'FORWARD', ...accept(match, mark)])];
}

function accept(match: string, mark: string): string[] {
  return [...match.split(' '), '-m', 'comment', '--comment', mark, '-j', 'ACCEPT'];
}
