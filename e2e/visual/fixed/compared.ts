import type { BuildDetails, BuildStep } from '../../../runtime/contract/builds.ts';
import type { ComparisonMessage, HistoryStep, ImageDetails } from '../../../runtime/contract/images.ts';
import type { TrashedContainer } from '../../../runtime/contract/trash.ts';
import { idOf, NOW } from './containers.ts';
import { BUILD, BUILDS, HISTORY, IMAGE, IMAGES } from './objects.ts';

const HOUR = 3_600_000;
const MIB = 1024 ** 2;

/** Steps of a build that began at a time; how long each took is in milliseconds, 0 what came from the cache. */
function steps(began: number, all: readonly (readonly [stage: string, text: string, took: number])[]): BuildStep[] {
  return all.map(([stage, text, took], index) => ({
    id: String(index + 1),
    stage,
    text,
    inputs: [],
    started: began,
    completed: began + took,
    cached: took === 0,
    error: '',
  }));
}

const whole = (at: number, image: string, own: BuildStep[]): BuildDetails => ({
  ...BUILD,
  ...BUILDS[at],
  image,
  error: '',
  problem: null,
  steps: own,
});
const EARLIER_IMAGE = IMAGES[1]?.id ?? '';

/** Two builds of one Dockerfile: a file was changed, a step is new, and one is not there any more. */
const EARLIER = whole(
  2,
  EARLIER_IMAGE,
  steps(NOW - 9 * HOUR, [
    ['base', 'FROM node:24 AS base', 0],
    ['base', 'COPY package.json .', 0],
    ['base', 'RUN npm ci', 0],
    ['server', 'RUN rm -rf docs', 310],
    ['server', 'COPY dist /srv', 0],
  ]),
);
const LATER = whole(
  0,
  IMAGE.id,
  steps(NOW - 2 * HOUR, [
    ['base', 'FROM node:24 AS base', 0],
    ['base', 'COPY package.json .', 120],
    ['base', 'RUN npm ci', 38_400],
    ['server', 'COPY dist /srv', 640],
    ['server', 'RUN node --check /srv/main.js', 900],
  ]),
);

/** The build of that name; any other is the one that failed. */
export function buildOf(ref: string): BuildDetails {
  return [EARLIER, LATER].find((one) => one.ref === ref) ?? BUILD;
}

/** The image that the earlier of the two builds made, or the one that all pictures show. */
export function imageOf(reference: string): ImageDetails {
  if (reference !== EARLIER_IMAGE) return IMAGE;
  return {
    ...IMAGE,
    id: EARLIER_IMAGE,
    size: 79 * MIB,
    user: '',
    env: [...IMAGE.env, { name: 'DEBUG', value: '1' }],
    layers: [200, 201, 203].map((number) => `sha256:${idOf(number)}`),
  };
}

/** How that image came to be. */
export function historyOf(reference: string): readonly HistoryStep[] {
  if (reference !== EARLIER_IMAGE) return HISTORY;
  return HISTORY.map((one) => (one.createdBy.startsWith('COPY') ? { ...one, size: 26 * MIB } : one));
}

/** The files that the two images do not have alike. */
export const COMPARISON: readonly ComparisonMessage[] = [
  {
    kind: 'totals',
    totals: {
      earlier: { files: 3120, bytes: 79 * MIB },
      later: { files: 3121, bytes: 84 * MIB },
      added: { files: 2, bytes: 6 * MIB },
      modified: { files: 1, bytes: 0.4 * MIB },
      deleted: { files: 1, bytes: 1.4 * MIB },
      changes: 5,
    },
  },
  {
    kind: 'files',
    files: (
      [
        ['srv/assets', 'added', 0, 0],
        ['srv/assets/icons.svg', 'added', 0, 2 * MIB],
        ['srv/assets/map.js', 'added', 0, 4 * MIB],
        ['srv/bundle.js', 'modified', 21.6 * MIB, 22 * MIB],
        ['srv/debug.js', 'deleted', 1.4 * MIB, 0],
      ] as const
    ).map(([path, change, before, size]) => ({
      path,
      change,
      before,
      size,
      mode: path === 'srv/assets' ? 0o755 : 0o644,
      uid: 0,
      gid: 0,
      directory: path === 'srv/assets',
      linkTarget: '',
    })),
  },
];

/** Address of the comparison of the two. */
export const COMPARED = `/images/compare/${encodeURIComponent(EARLIER_IMAGE)}/shop%2Fstorefront%3A2.4`;

/** What was removed, and can come back. */
export const TRASH: readonly TrashedContainer[] = [
  {
    id: idOf(501),
    name: 'old-storefront',
    image: 'shop/storefront:2.3',
    removedAt: NOW - 4 * 60_000,
    sizeBytes: 412_000,
  },
  { id: idOf(502), name: 'load-test', image: 'ops/loadgen:3', removedAt: NOW - 3 * HOUR, sizeBytes: 96_000_000 },
  { id: idOf(503), name: 'tender_tern', image: 'busybox:latest', removedAt: NOW - 41 * HOUR, sizeBytes: 0 },
];
