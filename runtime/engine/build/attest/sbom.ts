import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import type { ImageContent, StoredLayer } from '../../images/content.ts';
import { Workspace, type WorkspaceParts } from '../execute/workspace.ts';
import { readTar } from '../tree/tar-reader.ts';
import { distributionOf, isPackageFile, packagesOf, type Distribution, type Package } from './packages.ts';
import type { Predicate } from './provenance.ts';

const OS_RELEASES: readonly string[] = ['etc/os-release', 'usr/lib/os-release'];
/** Bytes; the dpkg status of a large system has ten million. */
const FILE_SIZE_MAX = 64 * 1024 * 1024;

/** What packages a filesystem has, as an SPDX document. */
export async function billOfMaterials(
  parts: WorkspaceParts,
  content: ImageContent,
  layers: readonly StoredLayer[],
  described: { readonly name: string; readonly created: string },
): Promise<Predicate> {
  const workspace = await Workspace.make(parts, content.diffs(layers));
  try {
    const { tar } = await parts.launcher.storage.archive(workspace.view, '/', '');
    const packages: Package[] = [];
    let distribution: Distribution = { id: '', version: '' };
    await readTar(tar as AsyncIterable<Buffer>, (member) => {
      const path = posix.resolve('/', member.name).slice(1);
      const isRelease = OS_RELEASES.includes(path);
      if (member.type !== 'file' || member.size > FILE_SIZE_MAX || (!isRelease && !isPackageFile(path))) return null;
      const chunks: Buffer[] = [];
      return {
        data: (chunk) => void chunks.push(Buffer.from(chunk)),
        end: () => {
          const text = Buffer.concat(chunks).toString();
          if (isRelease) distribution = distributionOf(text);
          else packages.push(...packagesOf(path, text));
        },
      };
    });
    return { predicateType: 'https://spdx.dev/Document', predicate: spdxDocument(packages, distribution, described) };
  } finally {
    await workspace.dispose();
  }
}

/** An SPDX 2.3 document of packages. */
export function spdxDocument(
  packages: readonly Package[],
  distribution: Distribution,
  { name, created }: { readonly name: string; readonly created: string },
): object {
  const root = 'SPDXRef-DocumentRoot-Image';
  const unique = new Map(packages.map((one) => [identifier(one), one]));
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name,
    documentNamespace: `https://berth.invalid/spdx/${sha256([name, created, ...unique.keys()].join('\n'))}`,
    creationInfo: { creators: ['Tool: berth'], created },
    packages: [
      {
        name,
        SPDXID: root,
        downloadLocation: 'NOASSERTION',
        filesAnalyzed: false,
        licenseConcluded: 'NOASSERTION',
        licenseDeclared: 'NOASSERTION',
        copyrightText: 'NOASSERTION',
        primaryPackagePurpose: 'CONTAINER',
      },
      ...[...unique].map(([id, one]) => ({
        name: one.name,
        SPDXID: id,
        versionInfo: one.version,
        downloadLocation: 'NOASSERTION',
        filesAnalyzed: false,
        sourceInfo: `found in /${one.path}`,
        licenseConcluded: 'NOASSERTION',
        licenseDeclared: /^[\w.+() -]+$/.test(one.license) ? one.license : 'NOASSERTION',
        copyrightText: 'NOASSERTION',
        externalRefs: [
          {
            referenceCategory: 'PACKAGE-MANAGER',
            referenceType: 'purl',
            referenceLocator: purl(one, distribution),
          },
        ],
      })),
    ],
    relationships: [
      { spdxElementId: 'SPDXRef-DOCUMENT', relatedSpdxElement: root, relationshipType: 'DESCRIBES' },
      ...[...unique.keys()].map((id) => ({
        spdxElementId: root,
        relatedSpdxElement: id,
        relationshipType: 'CONTAINS',
      })),
    ],
  };
}

function identifier(one: Package): string {
  const digest = sha256(`${one.kind} ${one.name} ${one.version} ${one.architecture} ${one.path}`).slice(0, 16);
  return `SPDXRef-Package-${one.kind}-${one.name.replaceAll(/[^A-Za-z0-9.-]/g, '-')}-${digest}`;
}

function purl({ kind, name, version, architecture }: Package, { id, version: release }: Distribution): string {
  const path = name.split('/').map(encodeURIComponent).join('/');
  if (kind === 'npm') return `pkg:npm/${path}@${encodeURIComponent(version)}`;
  const vendor = id === '' ? (kind === 'deb' ? 'debian' : 'alpine') : id;
  const query = [
    ...(architecture === '' ? [] : [`arch=${encodeURIComponent(architecture)}`]),
    ...(id === '' ? [] : [`distro=${encodeURIComponent(release === '' ? id : `${id}-${release}`)}`]),
  ];
  return `pkg:${kind}/${encodeURIComponent(vendor)}/${path}@${encodeURIComponent(version)}${query.length === 0 ? '' : `?${query.join('&')}`}`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
