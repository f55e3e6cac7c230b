import { ellipsis, shortId, type ListLayout, type Row } from '../output/list.ts';

/** A plugin in the answer of `GET /plugins`. */
export interface PluginSummary {
  readonly Id?: string;
  readonly Name: string;
  readonly Enabled: boolean;
  readonly PluginReference?: string;
  readonly Config: { readonly Description: string };
}

/** Most characters of a description that is not shown in full. */
const DESCRIPTION_WIDTH = 45;

export const PLUGIN_LAYOUT: ListLayout = {
  headers: {
    ID: 'ID',
    Name: 'NAME',
    Description: 'DESCRIPTION',
    Enabled: 'ENABLED',
    PluginReference: 'IMAGE',
  },
  table: '{{.ID}}\t{{.Name}}\t{{.Description}}\t{{.Enabled}}',
  quiet: '{{.ID}}',
};

export function pluginRow(summary: PluginSummary, full: boolean): Row {
  const description = summary.Config.Description.replaceAll(/[\r\n]/g, ' ');
  return {
    ID: shortId(summary.Id ?? '', full),
    Name: summary.Name,
    Description: full ? description : ellipsis(description, DESCRIPTION_WIDTH),
    Enabled: summary.Enabled,
    PluginReference: summary.PluginReference ?? '',
  };
}
