import { EngineError } from '../../errors.ts';
import { CHECK_ARG } from '../dockerfile/check-settings.ts';
import { parseDockerfile } from '../dockerfile/parse.ts';
import { lintDocument, lintText } from './lint-report.ts';
import { lintedText, type Planned } from './linted-text.ts';
import { outlineOf, outlineText, targetsOf, targetsText } from './outline.ts';

/** A Dockerfile that is asked about, and what is left out of its context. */
export interface ReadDockerfile {
  readonly text: string;
  readonly name: string;
  readonly ignored: readonly string[];
  readonly planned: Planned;
}

/** An answer to a question about a Dockerfile, for which nothing is built. */
export interface Answer {
  readonly json: object;
  /** For people. */
  readonly text: string;
  /** What a command that asks should end with. */
  readonly status: number;
}

const QUESTIONS: Readonly<Record<string, string>> = {
  'frontend.lint': 'Lint a Dockerfile',
  'frontend.outline': 'List all parameters current build target supports',
  'frontend.targets': 'List all targets current build supports',
  'frontend.subrequests.describe': 'List available subrequest types',
};

/** Answers one of BuildKit's subrequests of the Dockerfile's frontend. Throws `invalid` for one that is not known. */
export async function answer(
  question: string,
  { text: source, name, ignored, planned }: ReadDockerfile,
  { target, buildArgs }: { readonly target: string; readonly buildArgs: ReadonlyMap<string, string> },
): Promise<Answer> {
  switch (question) {
    case 'frontend.lint': {
      const linted = await lintedText(source, name, { check: buildArgs.get(CHECK_ARG), ignored }, planned);
      const isFine = linted.warnings.length === 0 && linted.failure === null;
      return { json: lintDocument(linted), text: lintText(linted), status: isFine ? 0 : 1 };
    }
    case 'frontend.outline': {
      const outline = outlineOf(parseDockerfile(source, name), target, buildArgs);
      return { json: outline, text: outlineText(outline), status: 0 };
    }
    case 'frontend.targets': {
      const json = targetsOf(parseDockerfile(source, name));
      return { json, text: targetsText(json.targets), status: 0 };
    }
    case 'frontend.subrequests.describe': {
      const json = Object.entries(QUESTIONS).map(([name, description]) => ({
        name,
        version: '1.0.0',
        type: 'rpc',
        description,
        metadata: [{ name: 'result.json' }, { name: 'result.txt' }],
      }));
      const text = json.map(({ name, description }) => `${name}\t${description}\n`).join('');
      return { json, text, status: 0 };
    }
    default:
      throw new EngineError('invalid', `unsupported request ${question}`);
  }
}
