import { join } from 'node:path';
import { assertOwnDirectory } from '../common/own-directory.ts';
import { enginePaths, type EnginePaths } from '../engine/system/paths.ts';

/** Where the app's engine keeps its things, by the words the app was started with. Throws where others could reach them. */
export function appPaths(chosen: {
  dataRoot?: string | undefined;
  execRoot?: string | undefined;
  socket?: string | undefined;
}): EnginePaths {
  const { dataRoot, execRoot, socket } = chosen;
  const paths = enginePaths(process.getuid?.() ?? 0, process.env, {
    dataRoot,
    // A private data root gets sockets of its own beside it, so that two engines never meet.
    execRoot: execRoot ?? (dataRoot === undefined ? undefined : join(dataRoot, 'run')),
    socket,
  });
  assertOwnDirectory(paths.execRoot);
  return paths;
}
