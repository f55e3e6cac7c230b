import { projectContainers } from '../../../compose/objects/containers.ts';
import type { CliContext } from '../../command.ts';
import { htmlSafe } from '../../../common/go-json.ts';
import { alignedTable, shortId } from '../../output/list.ts';
import { formatBytes, formatDuration } from '../../units.ts';
import type { ComposeFlags } from '../globals.ts';
import { assertServices, openKnownProject } from '../session.ts';
import { visible } from '../../output/visible.ts';

/** The image of a container, in the words of the command's JSON. */
interface ImageRow {
  readonly ID: string;
  readonly ContainerName: string;
  readonly Repository: string;
  readonly Tag: string;
  readonly Platform: string;
  readonly Size: number;
  readonly LastTagTime: string;
}

interface InspectedImage {
  readonly Id: string;
  readonly Size: number;
  readonly Os: string;
  readonly Architecture: string;
  readonly Variant?: string;
  readonly Created?: string;
  readonly Metadata?: { readonly LastTagTime?: string };
}

/** What Go prints of a time that is none. */
const NEVER = /^0001-01-01/;

/** Name and tag of a reference; both '' where a container is of an image without a name. */
function nameAndTag(reference: string): [repository: string, tag: string] {
  if (/^(?:sha256:)?[\da-f]{64}$/.test(reference)) return ['', ''];
  const plain = reference.replace(/@.*$/s, '');
  const colon = plain.lastIndexOf(':');
  if (colon > plain.lastIndexOf('/')) return [plain.slice(0, colon), plain.slice(colon + 1)];
  return [plain, plain === reference ? 'latest' : ''];
}

function table(rows: readonly ImageRow[]): string {
  const lines = rows.map((row) => [
    row.ContainerName,
    row.Repository === '' ? '<none>' : row.Repository,
    row.Tag === '' ? '<none>' : row.Tag,
    row.Platform,
    shortId(row.ID),
    formatBytes(row.Size),
    `${formatDuration((Date.now() - Date.parse(row.LastTagTime)) / 1000)} ago`,
  ]);
  const headings = ['CONTAINER', 'REPOSITORY', 'TAG', 'PLATFORM', 'IMAGE ID', 'SIZE', 'CREATED'];
  return alignedTable(
    [headings, ...lines].map((line) => line.join('\t')),
    { leastWidth: 20 },
  );
}

/** `compose images`. */
export async function runImages(
  cli: CliContext,
  globals: ComposeFlags,
  flags: { readonly quiet: boolean; readonly format: string | undefined },
  services: readonly string[],
): Promise<number> {
  const session = await openKnownProject(cli, globals);
  assertServices(session, services);
  const containers = (await projectContainers(cli.api, session.project.name)).filter(
    ({ service }) => services.length === 0 || services.includes(service),
  );
  const found = await Promise.all(
    containers.map(async ({ name, image }): Promise<ImageRow> => {
      const facts = await cli.api.json<InspectedImage>('GET', `/images/${image}/json`);
      const [Repository, Tag] = nameAndTag(image);
      const tagged = facts.Metadata?.LastTagTime ?? '';
      return {
        ID: facts.Id,
        ContainerName: name,
        Repository,
        Tag,
        Platform: [facts.Os, facts.Architecture, facts.Variant ?? ''].filter((part) => part !== '').join('/'),
        Size: facts.Size,
        LastTagTime: tagged === '' || NEVER.test(tagged) ? (facts.Created ?? '') : tagged,
      };
    }),
  );
  const rows = found.sort((a, b) => (a.ContainerName < b.ContainerName ? -1 : 1));
  if (flags.quiet) cli.stdout.write([...new Set(rows.map(({ ID }) => `${ID.replace(/^sha256:/, '')}\n`))].join(''));
  else if (flags.format === 'json') cli.stdout.write(`${htmlSafe(JSON.stringify(rows))}\n`);
  else cli.stdout.write(visible(table(rows), cli.stdout));
  return 0;
}
