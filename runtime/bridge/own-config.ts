import { isDeepStrictEqual } from 'node:util';

type Config = Readonly<Record<string, unknown>>;

const LISTS = ['Env', 'OnBuild'];
const MAPS = ['ExposedPorts', 'Labels', 'Volumes'];

/**
 * Of a container's configuration what it has not from its image, of which inspect makes one: only that goes on where it
 * is made anew, so that the image, another or a newer one of the same name, says the rest.
 */
export function ownConfig<C extends Config>(config: C, image: Config): C {
  const own: Record<string, unknown> = { ...config };
  for (const [name, value] of Object.entries(config)) {
    const given = image[name];
    if (name === 'Image' || given === undefined || given === null || value === null) continue;
    if (isDeepStrictEqual(value, given)) Reflect.deleteProperty(own, name);
    else if (LISTS.includes(name))
      own[name] = (value as readonly unknown[]).filter((one) => !(given as readonly unknown[]).includes(one));
    else if (MAPS.includes(name))
      own[name] = Object.fromEntries(
        Object.entries(value as Config).filter(([key, one]) => !isDeepStrictEqual(one, (given as Config)[key])),
      );
  }
  // With an entry point of its own a container has no command of the image's: it must be said.
  if ('Entrypoint' in own && config['Entrypoint'] !== null && 'Cmd' in config) own['Cmd'] = config['Cmd'];
  return own as C;
}
