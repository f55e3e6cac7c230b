import { goTime, labelFields, shortId, type ListLayout, type Row } from '../output/list.ts';

/** A network in the answer of `GET /networks`. */
export interface NetworkSummary {
  readonly Id: string;
  readonly Name: string;
  readonly Driver: string;
  readonly Scope: string;
  readonly Created: string;
  readonly EnableIPv4?: boolean;
  readonly EnableIPv6: boolean;
  readonly Internal: boolean;
  readonly Labels: Readonly<Record<string, string>> | null;
}

export const NETWORK_LAYOUT: ListLayout = {
  headers: {
    ID: 'NETWORK ID',
    Name: 'NAME',
    Driver: 'DRIVER',
    Scope: 'SCOPE',
    IPv4: 'IPV4',
    IPv6: 'IPV6',
    Internal: 'INTERNAL',
    Labels: 'LABELS',
    CreatedAt: 'CREATED AT',
  },
  table: '{{.ID}}\t{{.Name}}\t{{.Driver}}\t{{.Scope}}',
  quiet: '{{.ID}}',
};

export function networkRow(summary: NetworkSummary, full: boolean): Row {
  return {
    ID: shortId(summary.Id, full),
    Name: summary.Name,
    Driver: summary.Driver,
    Scope: summary.Scope,
    IPv4: String(summary.EnableIPv4 ?? true),
    IPv6: String(summary.EnableIPv6),
    Internal: String(summary.Internal),
    CreatedAt: stampTime(summary.Created),
    ...labelFields(summary.Labels),
  };
}

/** An RFC 3339 time as Go prints it, with the part of a second it has. */
function stampTime(stamp: string): string {
  const fraction = /\.(\d*?)0*(?=[Z+-])/.exec(stamp)?.[1] ?? '';
  // Both are in the engine's zone in Docker's answers; ours are in UTC.
  return stamp.endsWith('Z') && fraction !== ''
    ? `${new Date(stamp).toISOString().slice(0, 19).replace('T', ' ')}.${fraction} +0000 UTC`
    : stamp.endsWith('Z')
      ? `${stamp.slice(0, 19).replace('T', ' ')} +0000 UTC`
      : goTime(Date.parse(stamp) / 1000, fraction === '' ? '' : `.${fraction}`);
}
