import { ADD } from './add.ts';
import type { BuildCase } from './build-case.ts';
import { COPY } from './copy.ts';
import { EXPANSION } from './expansion.ts';
import { IGNORE } from './ignore.ts';
import { LINES } from './lines.ts';
import { SETTINGS } from './settings.ts';
import { STAGES } from './stages.ts';

/** Every Dockerfile of the corpus, by what it is about. */
export const CORPUS: Readonly<Record<string, readonly BuildCase[]>> = {
  expansion: EXPANSION,
  lines: LINES,
  copy: COPY,
  add: ADD,
  stages: STAGES,
  settings: SETTINGS,
  ignore: IGNORE,
};
