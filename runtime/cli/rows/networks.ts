import { goStampText } from '../output/go-time.ts';
import { labelFields, shortId, type ListLayout, type Row } from '../output/list.ts';

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
    CreatedAt: goStampText(summary.Created),
    ...labelFields(summary.Labels),
  };
}
