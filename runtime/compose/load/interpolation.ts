import { ComposeError } from '../errors.ts';
import { interpolate, InterpolationError, type Variables } from './interpolate.ts';
import { mapStrings, withEntries, type MapNode } from './node.ts';

/** Replaces variables in every value of a file. Throws ComposeError at the value that cannot be. */
export function interpolateModel(root: MapNode, variables: Variables, missing: (name: string) => void): MapNode {
  // The names of services and the like are no values; neither is the project's own name's pattern.
  return withEntries(
    root,
    [...root.entries].map(([key, value]) => [
      key,
      mapStrings(value, (text, node, path) => {
        try {
          return interpolate(text, variables, missing);
        } catch (error) {
          if (!(error instanceof InterpolationError)) throw error;
          throw new ComposeError(`${[key, ...path].join('.')}: ${error.message}`, node.place);
        }
      }),
    ]),
  );
}
